import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addTo,
  boundOf,
  bucketCount,
  bucketOf,
  countedIn,
  countIn,
  quantile,
} from '../../src/core/latency.js'

describe('latencies', () => {
  it('go into a fixed number of buckets, each within its bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), ms => {
        const bucket = bucketOf(ms)
        expect(bucket).toBeLessThan(bucketCount)
        expect(ms).toBeLessThanOrEqual(boundOf(bucket))
        if (bucket > 0) expect(ms).toBeGreaterThan(boundOf(bucket - 1) * 0.999_999)
      }),
    )
    expect([0, 1, 1.4, 2, 100, 65_536, 65_537, 1e12].map(bucketOf)).toEqual([0, 0, 1, 2, 14, 32, 33, 33])
  })

  it('have quantiles close to the exact ones', () => {
    const counted: number[] = []
    const latencies = Array.from({ length: 1_000 }, (_, at) => 3 + at / 2)
    for (const ms of latencies) countIn(counted, ms)
    for (const share of [0.05, 0.5, 0.95, 0.99]) {
      const exact = latencies[share * 1_000 - 1] ?? 0
      const estimated = quantile(counted, share) ?? 0
      expect(Math.abs(estimated - exact) / exact).toBeLessThan(0.2)
    }
  })

  it('have no quantile without counts, and at most the last bound', () => {
    expect(quantile([], 0.5)).toBeNull()
    expect(quantile([0, 0], 0.5)).toBeNull()
    const late: number[] = []
    countIn(late, 1e9)
    expect(quantile(late, 0.5)).toBe(65_536)
  })

  it('add up', () => {
    const sum = [1]
    addTo(sum, [1, 0, 5])
    expect(sum).toEqual([2, 0, 5])
    expect(countedIn(sum)).toBe(7)
  })
})
