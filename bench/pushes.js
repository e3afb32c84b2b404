// Measures push after push while clients use the app. No request may fail.
import { deployedCounter, host, inFolder, percentile, runAlone, sleep, whileServing } from './lib.js'
import { startLoad } from './parts/steady-load.js'

/** The pause between two pushes, which shows how fast the app answers without a push. */
const pauseMs = 1_000

/** @type {import('./lib.js').Bench} */
export const bench = async ([count = '50']) =>
  inFolder(({ folder, home, env }) =>
    whileServing(home, env, async port => {
      const app = await deployedCounter(folder, env)
      const load = await startLoad(port, host)
      for (let push = 1; push <= Number(count); push++) {
        await app.commit(`Hello from push ${push}`)
        load.setPhase('between')
        await sleep(pauseMs)
        load.setPhase('during')
        await app.push()
      }
      return report(Number(count), await load.stop())
    }),
  )

/** @param {number} pushes @param {import('./parts/steady-load.js').LoadReport} load @returns {import('./lib.js').Row[]} */
const report = (pushes, { times, failures, closed, refused, sockets }) => {
  const requests = times.during.length + times.between.length + failures.length
  return [
    { what: `requests during ${pushes} pushes`, value: requests, unit: '', note: '8 keep-alive clients' },
    {
      what: 'failed requests',
      value: failures.length,
      unit: '',
      limit: 0,
      note: [...new Set(failures)].join('; '),
    },
    { what: 'p99 during pushes', value: percentile(times.during, 99), unit: 'ms' },
    { what: 'p99 between pushes', value: percentile(times.between, 99), unit: 'ms' },
    { what: 'slowest request', value: percentile([...times.during, ...times.between], 100), unit: 'ms' },
    { what: 'sockets open', value: sockets, unit: '', note: 'they connect again when they are closed' },
    ...[...closed].map(([code, times]) => ({
      what: `sockets closed with ${code}`,
      value: times,
      unit: '',
      note: pushes > 0 ? `${(times / pushes).toFixed(1)} a push` : '',
    })),
    { what: 'sockets refused', value: refused, unit: '', limit: 0 },
  ]
}

await runAlone(import.meta.url, bench)
