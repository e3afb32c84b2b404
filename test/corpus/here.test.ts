import { expect, it } from 'vitest'
import { pairs } from './pairs/index.js'
import { testPairs } from './run.js'

// All of them run on the Erlang of Debian 13. On the machine's own, which is older in CI, a few of each kind do; test/upgrade runs
// on that one alone.
testPairs(pairs.filter((_, at) => at % 16 === 0))

it('every pair has its own name', () => {
  expect(new Set(pairs.map(({ name }) => name)).size).toBe(pairs.length)
})
