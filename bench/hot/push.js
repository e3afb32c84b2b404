import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readRun, runNumbers } from '../../dist/state/runs.js'
import { byHand } from '../by-hand.js'
import { deployedCounter, greet, host, median, timed, whileServing } from '../lib.js'
import { startLoad } from '../parts/steady-load.js'
import { phasesOfLast } from '../records.js'

/** @typedef {{ folder: string, home: string, env: NodeJS.ProcessEnv }} World */
/** @typedef {{ mix: number, whole: number, phases: import('../records.js').Phases, mode: string | null | undefined }} Push */

/** Measures the cost of Gatling alone, without a watch and without requests. @param {World} world @param {number} rounds */
export const push = async (world, rounds) =>
  report(await pushes(world, rounds, '[upgrade]\nwatch = "0s"\n', (_, work) => work()))

/** Measures a usual push, with the watch and with requests. @param {World} world @param {number} rounds */
export const pushUnderLoad = async ({ folder, env }, rounds) => {
  const beside = join(folder, 'under-load')
  mkdirSync(beside)
  const world = {
    folder: beside,
    home: join(beside, 'home'),
    env: { ...env, GATLING_HOME: join(beside, 'home') },
  }
  return reportUnderLoad(
    await pushes(world, rounds, '', async (port, work) => {
      const load = await startLoad(port, host)
      return work().finally(load.stop)
    }),
  )
}

/**
 * Makes whole hot pushes, and runs the same mix commands by hand, in turns.
 * @param {World} world
 * @param {number} rounds
 * @param {string} settings
 * @param {(port: number, work: () => Promise<Push[]>) => Promise<Push[]>} around
 */
const pushes = ({ folder, home, env }, rounds, settings, around) =>
  whileServing(home, env, async port => {
    const app = await deployedCounter(folder, env, settings)
    return byHand(app.source, join(folder, 'by-hand'), hand =>
      around(port, async () => {
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
        return pushes
      }),
    )
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

/** @param {readonly Push[]} pushes @returns {import('../lib.js').Row[]} */
const reportUnderLoad = pushes => {
  /** @param {(push: Push) => number} value */
  const of = value => median(pushes.map(value))
  return [
    {
      what: 'push under load',
      value: of(({ whole }) => whole),
      unit: 'ms',
      note: 'with the watch; 8 clients',
    },
    {
      what: 'push under load: mix by hand',
      value: of(({ mix }) => mix),
      unit: 'ms',
      note: 'under the same load',
    },
    {
      what: 'push under load: beyond mix',
      value: of(({ whole, mix }) => whole - mix),
      unit: 'ms',
      limit: 3_000,
    },
    {
      what: 'push under load: that were not hot',
      value: pushes.filter(({ mode }) => mode !== 'hot').length,
      unit: '',
      limit: 0,
    },
  ]
}

/** @param {readonly Push[]} pushes @returns {import('../lib.js').Row[]} */
const report = pushes => {
  /** @param {(push: Push) => number} value */
  const of = value => median(pushes.map(value))
  return [
    { what: 'push', value: of(({ whole }) => whole), unit: 'ms', note: `median of ${pushes.length}` },
    { what: 'push: mix by hand', value: of(({ mix }) => mix), unit: 'ms' },
    { what: 'push / mix', value: of(({ whole, mix }) => whole / mix), unit: 'x', limit: 1.03 },
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
