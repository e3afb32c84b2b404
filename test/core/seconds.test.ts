import { expect, it } from 'vitest'
import { seconds } from '../../src/core/seconds.js'

it.each([
  [0, '0.0 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [119_499, '119 s'],
  [119_500, '2 min 0 s'],
  [125_000, '2 min 5 s'],
])('%i ms is written as %s', (ms, text) => {
  expect(seconds(ms)).toBe(text)
})
