import { expect, it } from 'vitest'
import { pairs } from './pairs/index.js'
import { testPairs } from './run.js'

// All pairs run on the Erlang of Debian 13. A few of each kind also run on the Erlang of the machine, which is older in CI.
// test/upgrade runs only on that one.
testPairs(pairs.filter((_, at) => at % 16 === 0))

it('every pair has its own name', () => {
  expect(new Set(pairs.map(({ name }) => name)).size).toBe(pairs.length)
})
