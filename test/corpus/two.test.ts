import { expect, it } from 'vitest'
import { pairs } from './pairs/index.js'
import { testPairs } from './run.js'

// In two files, so that both cores are busy.
testPairs(pairs.filter((_, at) => at % 2 === 1))

it('every pair has a name of its own', () => {
  expect(new Set(pairs.map(({ name }) => name)).size).toBe(pairs.length)
})
