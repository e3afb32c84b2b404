import { join } from 'node:path'
import { readRun, runNumbers } from '../../dist/state/runs.js'
import { byHand } from '../by-hand.js'
import { deployedCounter, greet, median, timed, whileServing } from '../lib.js'
import { phasesOfLast } from '../records.js'

/**
 * A whole `git push` that is taken over hot, against the same mix commands by hand.
 * @param {{ folder: string, home: string, env: NodeJS.ProcessEnv }} world
 * @param {number} rounds
 */
export const push = ({ folder, home, env }, rounds) =>
  whileServing(home, env, async () => {
    const app = await deployedCounter(folder, env, '[upgrade]\nwatch = "0s"\n')
    return byHand(app.source, join(folder, 'by-hand'), async hand => {
      const pushes = []
      for (let round = 0; round <= rounds; round++) {
        const greeting = `Hello from round ${round}`
        greet(hand.folder, greeting)
        const mix = await hand.mix()
        await app.commit(greeting)
        const began = Date.now()
        const whole = await timed(app.push)
        const phases = phasesOfLast(home, began, began + whole)
        // The first round still fills caches on both sides.
        if (round > 0) pushes.push({ mix, whole, phases, mode: modeOfLast(home) })
      }
      return report(pushes)
    })
  })

/** @type {readonly (readonly [keyof import('../records.js').Phases, string])[]} */
const phaseNames = [
  ['ask', 'ask'],
  ['start', 'start'],
  ['prepare', 'prepare'],
  ['mix', 'mix steps'],
  ['boot', 'plan and install'],
  ['steps', 'other steps'],
  ['settle', 'settle'],
  ['finish', 'finish'],
]

/** @param {string} home */
const modeOfLast = home => readRun(home, 'counter', runNumbers(home, 'counter').at(-1) ?? 0).result?.mode

/**
 * @param {readonly { mix: number, whole: number, phases: import('../records.js').Phases, mode: string | null | undefined }[]} pushes
 * @returns {import('../lib.js').Row[]}
 */
const report = pushes => {
  /** @param {(push: (typeof pushes)[number]) => number} value */
  const of = value => median(pushes.map(value))
  return [
    { what: 'push', value: of(({ whole }) => whole), unit: 'ms', note: `median of ${pushes.length}` },
    { what: 'push: mix by hand', value: of(({ mix }) => mix), unit: 'ms' },
    { what: 'push / mix', value: of(({ whole, mix }) => whole / mix), unit: 'x', limit: 1.15 },
    { what: 'push: mix in it / mix by hand', value: of(({ phases, mix }) => phases.mix / mix), unit: 'x' },
    ...phaseNames.map(([phase, what]) => ({
      what: `push:   ${what}`,
      value: of(({ phases }) => phases[phase]),
      unit: 'ms',
    })),
    {
      what: 'push: that were not hot',
      value: pushes.filter(({ mode }) => mode !== 'hot').length,
      unit: '',
      limit: 0,
    },
  ]
}
