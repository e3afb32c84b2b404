// Measures a whole `git push` of a small change, against the same mix commands by hand.
import { join } from 'node:path'
import { byHand } from './by-hand.js'
import { deployedCounter, greet, inFolder, median, runAlone, timed, whileServing } from './lib.js'
import { phaseRows, phasesOfLast } from './records.js'

/** @type {import('./lib.js').Bench} */
export const bench = async ([pairs = '5']) =>
  inFolder(({ folder, home, env }) =>
    whileServing(home, env, async () => {
      const app = await deployedCounter(folder, env)
      return byHand(app.source, join(folder, 'by-hand'), async hand => {
        const rounds = []
        for (let round = 0; round <= Number(pairs); round++) {
          const greeting = `Hello from round ${round}`
          greet(hand.folder, greeting)
          const mix = await hand.mix()
          const { boot, stop } = await hand.app()
          await app.commit(greeting)
          const began = Date.now()
          const push = await timed(app.push)
          const phases = phasesOfLast(home, began, began + push)
          // The first round still fills caches on both sides.
          if (round > 0) rounds.push({ mix, boot, stop, push, phases })
        }
        return report(rounds)
      })
    }),
  )

/** @typedef {{ mix: number, boot: number, stop: number, push: number, phases: import('./records.js').Phases }} Round */

/** @param {readonly Round[]} rounds @returns {import('./lib.js').Row[]} */
const report = rounds => {
  /** @param {(round: Round) => number} value */
  const of = value => median(rounds.map(value))
  const byHand = { boot: of(({ boot }) => boot), stop: of(({ stop }) => stop) }
  return [
    { what: 'push', value: of(({ push }) => push), unit: 'ms', note: `median of ${rounds.length}` },
    ...phaseRows(
      rounds.map(({ phases }) => phases),
      byHand,
    ),
    { what: 'mix by hand', value: of(({ mix }) => mix), unit: 'ms' },
    { what: 'the app boots, by hand', value: byHand.boot, unit: 'ms' },
    { what: 'the app stops, by hand', value: byHand.stop, unit: 'ms' },
    { what: 'push / mix', value: of(({ push, mix }) => push / mix), unit: 'x', limit: 1.1, reach: 1.03 },
    {
      what: 'push / (mix + boot + stop)',
      value: of(({ push, mix, boot, stop }) => push / (mix + boot + stop)),
      unit: 'x',
    },
    { what: 'mix in the push / mix by hand', value: of(({ phases, mix }) => phases.mix / mix), unit: 'x' },
    {
      what: 'push beyond mix steps, boot and stop',
      value: of(({ push, phases, boot, stop }) => push - phases.mix - boot - stop),
      unit: 'ms',
      note: 'boot and stop as by hand',
    },
  ]
}

await runAlone(import.meta.url, bench)
