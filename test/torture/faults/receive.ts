import { randomBytes } from 'node:crypto'
import type { Fault, Round } from '../fault.js'
import type { Random } from '../random.js'
import { checkServing } from '../round.js'
import type { Doing } from '../world.js'
import { emptyDisk, fillDisk } from './room.js'

/** The programs of git that receive a push on the server. */
const unpacking = 'git (index-pack|unpack-objects)'
/** The size of the push. It does not fit into the buffers on the way, so the laptop is still sending. */
const megabytes = 24

interface Interruption {
  readonly place: string
  /** Strikes while the server has received only the beginning of the push. */
  readonly strike: (round: Round, doing: Doing) => Promise<void>
  readonly heal?: (round: Round) => Promise<void>
}

/** Strikes when the server has received only the first percent of a large push. Nothing may be deployed. */
const atBeginOfPush = (
  name: string,
  group: Fault['group'],
  interruptionOf: (random: Random) => Interruption,
): Fault => ({
  name,
  group,
  plan: random => {
    const { place, strike, heal } = interruptionOf(random)
    return {
      place,
      run: async round => {
        const { world, before, breach, miss, note } = round
        const runs = (await world.agent.facts('shop')).runs.length
        await world.commit({ files: { 'priv/large': randomBytes(megabytes << 20).toString('latin1') } })
        const hunting = world.agent.hunt({ match: unpacking, signal: 'SIGSTOP', waitMs: 20_000 })
        const doing = world.push()
        if ((await hunting).length === 0) miss('git took nothing in')
        await strike(round, doing)
        await world.agent.hunt({ match: unpacking, signal: 'SIGCONT' })
        const said = await doing.ended
        note(`--- large push: code ${said.code}, claims "${said.claim}"\n${said.text}`)
        await heal?.(round)
        // The next push must be based on the commit that the server has.
        await world.main.git('reset', '-q', '--hard', 'HEAD~1')
        await checkServing(round, [before], 'not deployed')
        if (said.code === 0) breach('a push that was not taken in says that it went well')
        if ((await world.agent.facts('shop')).runs.length !== runs)
          breach('a push that was not taken in has begun a deploy')
      },
    }
  },
})

export const receptions: readonly Fault[] = [
  atBeginOfPush('push interrupted at its begin', 'pusher', random => {
    const what = random.pick(['all', 'ssh'] as const)
    return { place: what, strike: async (_, doing) => doing.kill(what) }
  }),
  atBeginOfPush('disk full while git receives', 'disk', random => {
    const kilobytes = random.pick([0, random.int(100, 1_000), random.int(1_000, 16_000)])
    return {
      place: `${kilobytes} KB are left`,
      strike: ({ world }) => fillDisk(world, kilobytes),
      heal: ({ world }) => emptyDisk(world),
    }
  }),
]
