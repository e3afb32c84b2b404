import { describe, expect, it } from 'vitest'
import { medianIfFarOff } from '../../src/core/slow-step.js'

describe('what a step usually takes', () => {
  it.each([
    [41_000, [12_000, 11_000, 13_000], 12_000],
    [41_000, [90_000, 12_000, 11_000, 13_000, 12_000], 12_000],
    [24_001, [12_000, 12_000, 12_000], 12_000],
    [2_500, [500, 500, 500], 500],
  ])('is told of %d ms after %j', (ms, before, usual) => {
    expect(medianIfFarOff(ms, before)).toBe(usual)
  })

  it.each([
    ['twice as long', 24_000, [12_000, 12_000, 12_000]],
    ['less than 2 s more', 2_499, [500, 500, 500]],
    ['quicker', 1, [12_000, 12_000, 12_000]],
    ['too little is known', 41_000, [12_000, 12_000]],
  ])('is not told of when it is %s', (_, ms, before) => {
    expect(medianIfFarOff(ms, before)).toBeUndefined()
  })
})
