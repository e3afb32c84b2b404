import type { Fault } from '../fault.js'
import { checkServing, inDeploy, inOutage } from '../round.js'

const fill = '/var/lib/fill'

/** Leaves so many KB of the disk. */
const fillBut = (kilobytes: number): string =>
  `rm -f ${fill}; free=$(df --output=avail -k / | tail -1); [ $free -le ${kilobytes} ] || fallocate -l $((free - ${kilobytes}))K ${fill}`

export const machineFaults: readonly Fault[] = [
  inDeploy('power cut', 'power', () => ({
    place: '',
    strike: async (round, doing) => {
      await inOutage(round, async () => {
        await round.world.machine.powerCut()
        // Nobody would tell the pusher for many seconds.
        doing.kill('all')
        await round.world.machine.boot()
      })
    },
  })),
  {
    name: 'power cut after',
    group: 'power',
    plan: random => {
      const mode = random.pick(['auto', 'swap'] as const)
      const delayMs = random.pick([0, 0, 50, random.int(0, 1_500)])
      return {
        place: `${mode}, ${delayMs} ms after the push`,
        run: async round => {
          const { world, breach, note } = round
          const tag = await world.commit({ mode })
          const said = await world.push().ended
          note(said.text)
          await new Promise(resolve => setTimeout(resolve, delayMs))
          await inOutage(round, async () => {
            await world.machine.powerCut()
            await world.machine.boot()
          })
          if (said.claim !== 'deployed') breach(`a push did not work: ${said.text.slice(-300)}`)
          await checkServing(round, [tag], said.claim)
        },
      }
    },
  },
  inDeploy('reboot', 'power', () => ({
    place: '',
    strike: async (round, doing) => {
      await inOutage(round, async () => {
        await round.world.machine.reboot()
        doing.kill('all')
      })
    },
  })),

  inDeploy('disk full', 'disk', random => {
    const kilobytes = random.pick([random.int(100, 900), random.int(1_000, 8_000), random.int(8_000, 60_000)])
    return {
      place: `${kilobytes} KB are left`,
      strike: async ({ world }) => {
        await world.agent.sh(fillBut(kilobytes))
      },
      heal: async ({ world }) => {
        await world.agent.sh(`rm -f ${fill}`)
      },
    }
  }),
  inDeploy('disk full from the start', 'disk', random => {
    const kilobytes = random.pick([0, random.int(100, 3_000), random.int(20_000, 60_000)])
    return {
      place: `${kilobytes} KB are left`,
      ownMoment: true,
      strike: async ({ world }) => {
        await world.agent.sh(fillBut(kilobytes))
      },
      heal: async ({ world }) => {
        await world.agent.sh(`rm -f ${fill}`)
      },
    }
  }),

  inDeploy('network cut', 'network', random => {
    const seconds = random.pick([1, 2, 3, 5, 8])
    return {
      place: `for ${seconds} s`,
      strike: async round => {
        await inOutage(round, async () => {
          await round.world.machine.cut()
          await new Promise(resolve => setTimeout(resolve, seconds * 1_000))
          await round.world.machine.uncut()
        })
      },
    }
  }),
]
