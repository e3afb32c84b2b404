import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../helpers/world.js'
import { groups } from './fault.js'
import { allFaults } from './faults/all.js'
import { tableOf, torture, type Wanted } from './run.js'

const usage = (): string => `npm run torture -- [--seed N] [--faults N] [--kinds NAME,...] [--from N]

  --seed    choose the random seed (default: 1)
  --faults  run this many faults, including those of an earlier run of the seed (default: 100)
  --kinds   run only these kinds or groups (default: all except the group database)
  --from    begin with this fault, for a replay

Groups: ${groups.join(', ')}
Kinds:  ${allFaults.map(({ name }) => name).join(', ')}

test/torture/README.md says more.`

/** Runs `npm run torture`. @returns its exit code. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '100' },
      kinds: { type: 'string', default: '' },
      from: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage())
    return 0
  }
  const wanted: Wanted = {
    seed: Number(values.seed),
    from: Number(values.from ?? 1),
    faults: Number(values.faults),
    kinds: values.kinds.split(',').filter(Boolean),
    folder: join(root, '.torture'),
    // A number on the command line asks for a replay of that fault.
    resume: values.from === undefined,
    say: line => console.log(line),
  }
  const outcomes = await torture(wanted)
  console.log(`\n${tableOf(outcomes, wanted)}`)
  return outcomes.some(({ breaches }) => breaches.length > 0) ? 1 : 0
}
