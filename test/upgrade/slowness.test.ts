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

/** Latencies as apps have them: a long tail, the median as given, 5 % five times as long or more. */
const typical = (medianMs: number, requests: number, random: Random): Answers => {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log((random.int(0, 999_998) + 1) / 1_000_000)) *
    Math.cos((2 * Math.PI * random.int(0, 999_999)) / 1_000_000)
  return answers(Array.from({ length: requests }, () => medianMs * Math.exp(normal())))
}

describe('an answer', () => {
  it.each([
    ['four times the median before', same(100, 99), 4, 512],
    ['at least an eighth of a second', same(3, 99), 4, 128],
    ['as many times as the settings say', same(100, 99), 9, 1_024],
    ['never, where there is no limit', same(100, 99), 0, null],
    ['never, where few came before', same(100, 19), 4, null],
    ['never, where nobody measured', { requests: 99, errors: 0 }, 4, null],
  ])('is slow from %s on', (_, before, times, ms) => {
    expect(slowFromMs(before, times)).toBe(ms)
  })
})

describe('a version', () => {
  const before = same(50, 1_000)
  it.each([
    ['ten times as slow', same(500, 40), true, false],
    ['ten times as slow, of which little is known', same(500, 19), false, false],
    ['as fast', same(50, 40), false, true],
    ['as fast, of which little is known', same(50, 15), false, false],
    ['three times as slow', same(150, 40), false, true],
    ['that answers nothing', same(50, 0), false, false],
  ])('%s', (_, after, isSlow, isNotSlow) => {
    expect([areSurelySlow(before, after, 4), areSurelyNotSlow(before, after, 4)]).toEqual([isSlow, isNotSlow])
  })

  it('is surely not slow where nobody can tell, and never surely slow then', () => {
    for (const [before, times] of [
      [same(50, 10), 4],
      [same(50, 99), 0],
    ] as const) {
      expect(areSurelyNotSlow(before, same(5_000, 99), times)).toBe(true)
      expect(areSurelySlow(before, same(5_000, 99), times)).toBe(false)
    }
  })
})

describe('among 1,000 versions with a long tail', () => {
  const found = (before: number, after: number, requests: number): number =>
    Array.from({ length: 1_000 }, (_, run) => randomOf(7, run)).filter(random =>
      areSurelySlow(typical(before, 600, random), typical(after, requests, random), 4),
    ).length

  it.each([
    ['as fast', 60, 60, 0],
    ['twice as slow', 60, 120, 0],
    ['ten times as slow, but nobody notices', 3, 30, 0],
    ['ten times as slow', 60, 600, 1_000],
    ['thirty times as slow', 3, 1_000, 1_000],
  ])('%s: so many are taken back', (_, before, after, number) => {
    expect(found(before, after, 50)).toBe(number)
  })

  it('three times as slow: next to none is taken back', () => {
    expect(found(60, 180, 50)).toBeLessThan(60)
  })
})
