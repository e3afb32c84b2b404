// Measures hot upgrades: under load, against other ways to the same end, of large apps, and as part of a push.
import { buildApps } from './hot/apps.js'
import { compare } from './hot/compare.js'
import { planning } from './hot/planning.js'
import { push, pushUnderLoad } from './hot/push.js'
import { scale } from './hot/scale.js'
import { steady } from './hot/steady.js'
import { inFolder, runAlone } from './lib.js'

/** @type {import('./lib.js').Bench} */
export const bench = async ([upgrades = '200', modules = '300', processes = '10000', rounds = '5']) =>
  inFolder(async world => {
    const { folder } = world
    const counts = { modules: Number(modules), processes: Number(processes), rounds: Number(rounds) }
    const apps = await buildApps(folder, counts.modules)
    return [
      ...(await steady(folder, apps, Number(upgrades))),
      ...(await compare(folder, apps, counts.rounds)),
      ...(await scale(folder, apps, counts)),
      ...(await planning(folder, apps, counts.rounds)),
      ...(await push(world, counts.rounds)),
      ...(await pushUnderLoad(world, counts.rounds)),
    ]
  })

await runAlone(import.meta.url, bench)
