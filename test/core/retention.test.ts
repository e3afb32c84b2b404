import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Held, spareReleases } from '../../src/core/retention.js'

const held = (...numbers: readonly number[]): Held[] =>
  numbers.map(number => ({ number, bytes: 10, good: true }))

describe('the releases that Gatling may remove', () => {
  it('are the old ones, and never one that is needed', () => {
    expect(spareReleases(held(1, 2, 3, 4, 5, 6, 7), [1], { keep: 5, budget: null, left: true })).toEqual([2])
    expect(spareReleases(held(1, 2, 3), [], { keep: 5, budget: null, left: true })).toEqual([])
    expect(spareReleases(held(1, 2, 3), [1, 2], { keep: 1, budget: null, left: true })).toEqual([])
  })

  it('are not good ones when newer ones were rolled back', () => {
    const left = held(1, 2, 3, 4, 5).map(one => ({ ...one, good: one.number < 3 }))
    expect(spareReleases(left, [2], { keep: 2, budget: null, left: true })).toEqual([])
    expect(spareReleases([...left, ...held(6, 7)], [7], { keep: 2, budget: null, left: true })).toEqual([
      5, 4, 3, 2, 1,
    ])
  })

  it('are first those that were rolled back when room is short', () => {
    const two = [...held(12), { number: 13, bytes: 10, good: false }, ...held(14)]
    expect(spareReleases(two, [14], { keep: 5, budget: 20, left: true })).toEqual([13])
    expect(spareReleases(two, [14], { keep: 5, budget: 30, left: true })).toEqual([])
    expect(spareReleases(two, [14], { keep: 5, budget: null, left: false })).toEqual([13])
  })

  it('are the oldest until the rest fits the budget', () => {
    expect(spareReleases(held(1, 2, 3, 4), [4], { keep: 5, budget: 30, left: true })).toEqual([1])
    expect(spareReleases(held(1, 2, 3, 4), [4], { keep: 5, budget: 25, left: true })).toEqual([2, 1])
    expect(spareReleases(held(1, 2, 3, 4), [1], { keep: 5, budget: 20, left: true })).toEqual([3, 2])
  })

  it('leave needed releases even when those exceed the budget', () => {
    expect(spareReleases(held(1, 2, 3), [1, 3], { keep: 5, budget: 5, left: true })).toEqual([2])
  })

  it('leave a total within the budget, or only needed releases', () => {
    const release = fc.record({
      number: fc.integer({ min: 1, max: 500 }),
      bytes: fc.nat(1_000),
      good: fc.boolean(),
    })
    const releases = fc.uniqueArray(release, { selector: ({ number }) => number })
    const budgets = fc.option(fc.nat(5_000))
    fc.assert(
      fc.property(
        releases,
        fc.array(fc.nat(500)),
        fc.integer({ min: 1, max: 9 }),
        budgets,
        (all, needed, keep, budget) => {
          const spare = spareReleases(all, needed, { keep, budget, left: true })
          const left = all.filter(({ number }) => !spare.includes(number))
          const unneeded = left.filter(({ number }) => !needed.includes(number))
          const bytes = left.reduce((sum, one) => sum + one.bytes, 0)
          expect(spare.filter(number => needed.includes(number))).toEqual([])
          expect(unneeded.filter(({ good }) => good).length).toBeLessThanOrEqual(keep)
          if (budget !== null && unneeded.some(one => one.bytes > 0))
            expect(bytes).toBeLessThanOrEqual(budget)
        },
      ),
    )
  })
})
