// `npm run bench`: measures everything that has a target. `npm run bench pushes 50` runs one benchmark. Words after its
// name that are not names of benchmarks are its arguments.
import { root, setUp } from './setup.js'

/** The default arguments of each benchmark. @type {Record<string, string[]>} */
const all = {
  push: [],
  redeploy: [],
  hooks: [],
  startup: [],
  pushes: ['10'],
  proxy: [],
  hot: ['20'],
  server: ['20', '50', '10'],
  reliability: [],
  database: ['10', '256'],
  loss: ['1'],
  machines: ['10', '3'],
  'db-upgrade': ['1'],
  metrics: [],
  dashboard: [],
}

/** @param {readonly string[]} argv @returns {Record<string, string[]>} */
const chosen = argv => {
  if (argv.length === 0) return all
  /** @type {Record<string, string[]>} */
  const benches = {}
  let last = ''
  for (const argument of argv) {
    if (argument in all) {
      last = argument
      benches[last] = []
    } else if (benches[last]) benches[last]?.push(argument)
    else {
      console.error(`There is no benchmark ${argument}. Choose from: ${Object.keys(all).join(', ')}.`)
      process.exit(2)
    }
  }
  return benches
}

const benches = chosen(process.argv.slice(2))
setUp()
const { describeMachine, printRows } = await import(`${root}/bench/lib.js`)
/** @type {import('../bench/lib.js').Row[]} */
const report = []
console.log(describeMachine())
for (const [name, args] of Object.entries(benches)) {
  console.log(`\nMeasuring ${name} ...`)
  const { bench } = await import(`${root}/bench/${name}.js`)
  /** @type {import('../bench/lib.js').Row[]} */
  const rows = await bench(args)
  printRows(rows)
  report.push(...rows.map(row => ({ ...row, what: `${name}: ${row.what}` })))
}
console.log(`\n${describeMachine()}\n`)
printRows(report)
