import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../src/config/duration.js'

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['60s', 60_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [' 2s ', 2_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5', 's', '5 s', '-1s', '1e3s', '.5s', '5.s', '5d', '5S', '5s5s', '5min', 'NaNs', '٣s'])(
    '%j is not a duration',
    text => {
      expect(parseDuration(text)).toBeNull()
    },
  )

  it('is its number times its unit', () => {
    const units = fc.constantFrom<[string, number]>(['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000])
    fc.assert(
      fc.property(fc.nat(), units, (count, [unit, ms]) => {
        expect(parseDuration(`${count}${unit}`)).toBe(count * ms)
      }),
    )
  })
})
