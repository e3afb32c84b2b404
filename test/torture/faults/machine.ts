import type { Fault } from '../fault.js'
import { checkServing, inDeploy, inOutage } from '../round.js'

export const machineFaults: readonly Fault[] = [
  inDeploy('power cut', 'power', () => ({
    place: '',
    strike: async (round, doing) => {
      await inOutage(round, async () => {
        await round.world.machine.powerCut()
        // The pusher would not notice for many seconds.
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

  inDeploy('disk read-only', 'disk', () => ({
    place: '',
    strike: async ({ world }) => {
      await world.machine.readOnly()
    },
    // The file system is writable again after a boot.
    heal: round =>
      inOutage(round, async () => {
        await round.world.machine.powerCut()
        await round.world.machine.boot()
      }),
  })),

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
