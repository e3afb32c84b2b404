import { describe, expect, it } from 'vitest'
import { countIn } from '../../src/core/latency.js'
import type { Answers } from '../../src/core/proxy.js'
import { areSurelyNotSlow, areSurelySlow, slowFromMs } from '../../src/upgrade/slowness.js'
import { type Random, randomOf } from '../torture/random.js'

const answers = (latencies: readonly number[]): Answers => {
  const latency: number[] = []
  for (const ms of latencies) countIn(latency, ms)
  return { requests: latencies.length, errors: 0, latency }
}
const same = (ms: number, requests: number): Answers => answers(Array.from({ length: requests }, () => ms))

/** Makes the latencies of a typical app: this median, and a long tail in which 5 % take five times as long or more. */
const typical = (medianMs: number, requests: number, random: Random): Answers => {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log((random.int(0, 999_998) + 1) / 1_000_000)) *
    Math.cos((2 * Math.PI * random.int(0, 999_999)) / 1_000_000)
  return answers(Array.from({ length: requests }, () => medianMs * Math.exp(normal())))
}

describe('an answer', () => {
  it.each([
    ['is slow from four times the old median', same(100, 99), 4, 512],
    ['is slow from an eighth of a second at least', same(3, 99), 4, 128],
    ['is slow from the factor of the settings', same(100, 99), 9, 1_024],
    ['is never slow without a limit', same(100, 99), 0, null],
    ['is never slow with few answers before', same(100, 19), 4, null],
    ['is never slow without measurements', { requests: 99, errors: 0 }, 4, null],
  ])('%s', (_, before, times, ms) => {
    expect(slowFromMs(before, times)).toBe(ms)
  })
})

describe('a version', () => {
  const before = same(50, 1_000)
  it.each([
    ['is surely slow at ten times the median', same(500, 40), true, false],
    ['is unclear at ten times the median with few answers', same(500, 19), false, false],
    ['is surely not slow at the same median', same(50, 40), false, true],
    ['is surely not slow at the same median, even with few answers', same(50, 15), false, false],
    ['is surely not slow at three times the median', same(150, 40), false, true],
    ['is unclear without answers', same(50, 0), false, false],
  ])('%s', (_, after, isSlow, isNotSlow) => {
    expect([areSurelySlow(before, after, 4), areSurelyNotSlow(before, after, 4)]).toEqual([isSlow, isNotSlow])
  })

  it('is surely not slow if that cannot be measured', () => {
    for (const [before, times] of [
      [same(50, 10), 4],
      [same(50, 99), 0],
    ] as const) {
      expect(areSurelyNotSlow(before, same(5_000, 99), times)).toBe(true)
      expect(areSurelySlow(before, same(5_000, 99), times)).toBe(false)
    }
  })
})

describe('a watch of 1,000 versions with a long tail', () => {
  const found = (before: number, after: number, requests: number): number =>
    Array.from({ length: 1_000 }, (_, run) => randomOf(7, run)).filter(random =>
      areSurelySlow(typical(before, 600, random), typical(after, requests, random), 4),
    ).length

  it.each([
    ['reverts none that is as fast', 60, 60, 0],
    ['reverts none that is twice as slow', 60, 120, 0],
    ['reverts none that is ten times as slow, but still fast', 3, 30, 0],
    ['reverts all that are ten times as slow', 60, 600, 1_000],
    ['reverts all that are thirty times as slow', 3, 1_000, 1_000],
  ])('%s', (_, before, after, number) => {
    expect(found(before, after, 50)).toBe(number)
  })

  it('reverts almost none that is three times as slow', () => {
    expect(found(60, 180, 50)).toBeLessThan(60)
  })
})
