import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../helpers/world.js'
import { tableOf, torture, type Wanted } from './run.js'

/** `npm run torture`. @returns its exit code. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '100' },
      kinds: { type: 'string', default: '' },
      from: { type: 'string' },
    },
  })
  const wanted: Wanted = {
    seed: Number(values.seed),
    from: Number(values.from ?? 1),
    faults: Number(values.faults),
    kinds: values.kinds.split(',').filter(Boolean),
    folder: join(root, '.torture'),
    // Whoever names a number wants to see that one again.
    resume: values.from === undefined,
    say: line => console.log(line),
  }
  const outcomes = await torture(wanted)
  console.log(`\n${tableOf(outcomes, wanted)}`)
  return outcomes.some(({ breaches }) => breaches.length > 0) ? 1 : 0
}
