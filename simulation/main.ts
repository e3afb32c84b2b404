import { parseArgs } from 'node:util'
import { table } from '../src/cli/render.js'
import { count } from '../src/core/count.js'
import { seconds } from '../src/core/seconds.js'
import { randomOf } from '../test/torture/random.js'
import { spread } from './chance.js'
import { type Fleet, inWaves } from './fleet.js'
import { type Outcome, rollOut } from './rollout.js'
import { badVersions, good, type Version } from './version.js'

const usage = `npm run simulate -- [--machines N] [--runs N] [--seed N]

Rolls out a good version and bad ones over a fleet that exists only on paper; see docs/scale.md.

  --machines  set the number of machines (default: 10000)
  --runs      roll out each version this many times (default: 100)
  --seed      choose the random seed (default: 1)`

/** Runs `npm run simulate`. @returns its exit code. */
export const main = (argv: readonly string[]): number => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      machines: { type: 'string', default: String(inWaves.machines) },
      runs: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const [machines, runs, seed] = [values.machines, values.runs, values.seed].map(Number)
  if (!machines || !runs || !seed) {
    console.error('Give whole numbers above 0.')
    return 2
  }
  const fleet = { ...inWaves, machines, perCell: Math.min(inWaves.perCell, machines) }
  for (const [name, plan] of Object.entries(plansOf(fleet))) print(name, plan, runs, seed)
  return 0
}

const plansOf = (fleet: Fleet): Readonly<Record<string, Fleet>> => ({
  'In waves, each cell with a canary': fleet,
  'All cells at once, each with a canary': { ...fleet, waves: [1] },
  'All machines at once, and nobody watches': { ...fleet, waves: [1], isWatched: false },
})

const print = (name: string, fleet: Fleet, runs: number, seed: number): void => {
  const { machines, perCell } = fleet
  console.log(`\n${name}: ${count(machines, 'machine')}, ${perCell} a cell; median of ${runs} (worst)\n`)
  const head = ['VERSION', 'STOPPED', 'MACHINES', 'LIVES', 'USERS HARMED', 'LATE CELLS']
  const rows = [good, ...badVersions].map(version => rowOf(version, outcomesOf(fleet, version, runs, seed)))
  for (const line of table([head, ...rows])) console.log(line)
}

const outcomesOf = (fleet: Fleet, version: Version, runs: number, seed: number): readonly Outcome[] =>
  Array.from({ length: runs }, (_, run) => rollOut(fleet, version, randomOf(seed, run)))

const rowOf = (version: Version, outcomes: readonly Outcome[]): readonly string[] => {
  const figure = (of: (outcome: Outcome) => number, text: (value: number) => string): string => {
    const { median, worst } = spread(outcomes.map(of))
    return `${text(median)} (${text(worst)})`
  }
  const stopped = outcomes.filter(({ isStopped }) => isStopped).length
  return [
    version.name,
    `${Math.round((100 * stopped) / outcomes.length)} %`,
    figure(({ machines }) => machines, String),
    version.isGood ? `all after ${figure(({ ms }) => ms, seconds)}` : figure(({ ms }) => ms, seconds),
    figure(
      ({ harmed }) => harmed,
      share => `${Number((share * 100).toPrecision(2))} %`,
    ),
    figure(({ late }) => late, String),
  ]
}
