// `npm run torture -- --seed N --faults N`: breaks deploys in every known way, one after the other; see
// test/torture/README.md.
import { createJiti } from 'jiti'
import { root, setUp } from './setup.js'

setUp({ tests: true })
/** @type {typeof import('../test/torture/main.js')} */
const { main } = await createJiti(import.meta.url).import(`${root}/test/torture/main.ts`)
process.exitCode = await main(process.argv.slice(2))
