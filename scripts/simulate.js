// `npm run simulate`: rolls versions out over ten thousand machines that exist on paper; see docs/scale.md.
import { createJiti } from 'jiti'
import { root } from './setup.js'

/** @type {typeof import('../simulation/main.js')} */
const { main } = await createJiti(import.meta.url).import(`${root}/simulation/main.ts`)
process.exitCode = main(process.argv.slice(2))
