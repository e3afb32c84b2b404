// Measures `gatling redeploy` of the live release. Nothing is built, so only the tool, the app and the start of mix are left.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { byHand } from './by-hand.js'
import { deployedCounter, inFolder, median, root, run, runAlone, timed, whileServing } from './lib.js'
import { checkoutOf, phaseRows, phasesOfLast } from './records.js'

/** @type {import('./lib.js').Bench} */
export const bench = async ([count = '5']) =>
  inFolder(({ folder, home, env }) =>
    whileServing(home, env, async () => {
      const app = await deployedCounter(folder, env)
      return byHand(app.source, join(folder, 'by-hand'), async hand => {
        const rounds = []
        for (let round = 0; round <= Number(count); round++) {
          const { boot, stop } = await hand.app()
          const inspect = await timed(() => inspectProject(folder, checkoutOf(home)))
          const began = Date.now()
          const whole = await timed(() => app.gatling('redeploy', 'counter'))
          const phases = phasesOfLast(home, began, began + whole)
          if (round > 0) rounds.push({ boot, stop, inspect, whole, phases })
        }
        return report(rounds)
      })
    }),
  )

/** Inspects the project as every deploy does. No event reports it, so it is measured by itself. @param {string} folder @param {string} checkout */
const inspectProject = (folder, checkout) => {
  const output = join(mkdtempSync(join(folder, 'inspect-')), 'project')
  return run(['elixir', join(root, 'elixir', 'inspect_project.exs'), output], { cwd: checkout })
}

/** @typedef {{ boot: number, stop: number, inspect: number, whole: number, phases: import('./records.js').Phases }} Round */

/** @param {readonly Round[]} rounds @returns {import('./lib.js').Row[]} */
const report = rounds => {
  /** @param {(round: Round) => number} value */
  const of = value => median(rounds.map(value))
  const byHand = { boot: of(({ boot }) => boot), stop: of(({ stop }) => stop) }
  return [
    {
      what: 'empty redeploy',
      value: of(({ whole }) => whole),
      unit: 'ms',
      note: `median of ${rounds.length}`,
    },
    ...phaseRows(
      rounds.map(({ phases }) => phases),
      byHand,
    ),
    {
      what: 'beyond mix steps, boot and stop',
      value: of(({ whole, phases, boot, stop }) => whole - phases.mix - boot - stop),
      unit: 'ms',
      limit: 1_000,
      note: 'boot and stop as by hand',
    },
    {
      what: 'of it reading mix.exs',
      value: of(({ inspect }) => inspect),
      unit: 'ms',
      note: 'elixir inspect_project.exs, measured by itself',
    },
  ]
}

await runAlone(import.meta.url, bench)
