import { describe, expect, it } from 'vitest'
import { haveErrorsRisen } from '../../src/upgrade/error-share.js'
import { type Evidence, judge } from '../../src/upgrade/evidence.js'
import { type Random, randomOf } from '../torture/random.js'

/** The behaviour of a version. Times are in ms since it took over. */
interface Kind {
  /** The share of requests that fail at once. */
  readonly fails?: (at: number) => number
  /** The share of requests that hang for 4 s and then fail. */
  readonly hangs?: number
  /** The time of a crash of a supervised process. */
  readonly crashesAt?: number
  /** Requests that crash in changed code, per second. */
  readonly crashes?: number
  /** Processes per second that never end, and how many the node or its memory can hold. */
  readonly leak?: { readonly perSecond: number; readonly most: number }
  /** The time when a migrated process gets its first message, and crashes. */
  readonly wakesAt?: number
  /** The duration of a health check; from 5 s on it counts as no answer. */
  readonly healthMs?: number
}

const mostMs = 10_000
const lookEveryMs = 500
const hangMs = 4_000

/** Returns random times of events with this rate, in ms. Each moment is as likely as any other. */
const arrivals = (perSecond: number, random: Random): number[] => {
  const times: number[] = []
  const gap = (): number => (-Math.log(1 - random.int(0, 999_999) / 1_000_000) / perSecond) * 1_000
  if (perSecond > 0) for (let at = gap(); at < mostMs + lookEveryMs; at += gap()) times.push(at)
  return times
}

/** The events between two looks. */
interface Slice {
  answered: number
  failed: number
  /** By how much the number of hanging requests grows. */
  hanging: number
}

const traffic = (kind: Kind, perSecond: number, random: Random): readonly Slice[] => {
  const empty = (): Slice => ({ answered: 0, failed: 0, hanging: 0 })
  const slices = Array.from({ length: mostMs / lookEveryMs + 2 }, empty)
  const sliceOf = (at: number): Slice => slices[Math.ceil(at / lookEveryMs)] ?? empty()
  for (const at of arrivals(perSecond, random)) {
    const hangs = kind.hangs !== undefined && random.chance(kind.hangs)
    const end = sliceOf(at + (hangs ? hangMs : 0))
    end.answered++
    if (hangs || (kind.fails !== undefined && random.chance(kind.fails(at)))) end.failed++
    if (!hangs) continue
    sliceOf(at).hanging++
    end.hanging--
  }
  return slices
}

/** Simulates one version under a full watch, and what an early watch sees of the same run. */
const simulate = (kind: Kind, perSecond: number, random: Random) => {
  const { crashesAt = Infinity, wakesAt = Infinity, healthMs = 0, leak = { perSecond: 0, most: 1 } } = kind
  const before = { requests: Math.round(perSecond * 60), errors: 0 }
  const crashTimes = arrivals(kind.crashes ?? 0, random)
  let [requests, errors, hanging, looks, unhealthy, first] = [0, 0, 0, 0, 0, 0]
  let next = lookEveryMs
  let endedMs: number | null = null
  for (const [number, slice] of traffic(kind, perSecond, random).entries()) {
    requests += slice.answered
    errors += slice.failed
    hanging += slice.hanging
    const watchedMs = number * lookEveryMs
    if (watchedMs < next) continue
    next = watchedMs + Math.max(lookEveryMs, healthMs)
    // With little traffic, the watch asks the health path five times as often.
    looks += perSecond <= 2 && healthMs === 0 ? 5 : 1
    if (healthMs >= 5_000) unhealthy++
    const after = { requests, errors }
    const leaked = (leak.perSecond * watchedMs) / 1_000
    const processes = 300 + random.int(-2, 2) + hanging + Math.floor(leaked)
    if (first === 0) first = processes
    const crashes = crashTimes.filter(at => at <= watchedMs).length
    const isDead = watchedMs >= crashesAt || watchedMs >= wakesAt || leaked >= leak.most
    if (isDead || haveErrorsRisen(before, after, 5) || crashes >= 3 || unhealthy >= 2)
      return { caught: true, caughtNow: endedMs === null, endedMs: endedMs ?? watchedMs }
    const evidence: Evidence = {
      watchedMs,
      mostMs,
      before,
      after,
      percent: 5,
      slower: 4,
      healthPath: '/',
      looks,
      unhealthy,
      grown: processes - first,
      crashes,
      migrated: wakesAt === Infinity ? 0 : 1,
    }
    if (endedMs === null && judge(evidence).isEnough) endedMs = watchedMs
  }
  return { caught: false, caughtNow: false, endedMs: endedMs ?? mostMs }
}

/** Counts the runs that a full watch catches, and those that an early watch catches, with its median end. */
const compare = (kind: Kind, perSecond: number, runs: number) => {
  const outcomes = Array.from({ length: runs }, (_, run) => simulate(kind, perSecond, randomOf(12, run)))
  const ends = outcomes.map(({ endedMs }) => endedMs).sort((one, other) => one - other)
  return {
    before: outcomes.filter(({ caught }) => caught).length,
    now: outcomes.filter(({ caughtNow }) => caughtNow).length,
    medianMs: ends[Math.floor(runs / 2)] ?? 0,
  }
}

const from =
  (share: number, ms = 0) =>
  (at: number) =>
    at >= ms ? share : 0

describe('an early watch catches a faulty version as often as a full watch', () => {
  it.each<[string, Kind, readonly number[]]>([
    ['errors from the first request', { fails: from(1) }, [2, 20, 100]],
    ['20 % errors', { fails: from(0.2) }, [20, 100]],
    ['errors that begin after a second', { fails: from(0.5, 1_000) }, [20, 100]],
    ['a crash after 2 s', { crashesAt: 2_000 }, [0, 100]],
    ['a leak of processes up to the limit', { leak: { perSecond: 40_000, most: 262_144 } }, [0, 100]],
    ['a leak of processes until memory is full', { leak: { perSecond: 60, most: 500 } }, [0, 100]],
    ['no answer of the health path', { healthMs: 6_000 }, [0, 100]],
    ['a process that crashes with its new state', { wakesAt: 7_000 }, [0, 100]],
  ])('always: %s', (_, kind, rates) => {
    const runs = 50
    for (const rate of rates)
      expect({ rate, ...compare(kind, rate, runs) }).toMatchObject({ rate, before: runs, now: runs })
  })

  /** Near the limit, or with few requests, chance decides for both watches. */
  it.each<[string, Kind, number]>([
    ['5 % errors', { fails: from(0.05) }, 100],
    ['5 % errors of few requests', { fails: from(0.05) }, 20],
    ['6 % errors', { fails: from(0.06) }, 100],
    ['errors in all of very few requests', { fails: from(1) }, 0.3],
    ['errors in half of very few requests', { fails: from(0.5) }, 2],
    ['requests that hang and then fail', { hangs: 0.1 }, 100],
  ])('sometimes: %s', (_, kind, rate) => {
    const runs = 200
    const { before, now } = compare(kind, rate, runs)
    expect(now).toBe(before)
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(runs)
  })
})

describe('an early watch misses', () => {
  it('a slow health path, like a full watch', () => {
    expect(compare({ healthMs: 2_000 }, 100, 20)).toMatchObject({ before: 0, now: 0 })
  })

  it('late and rare crashes, as the docs say', () => {
    const runs = 200
    expect(compare({ crashesAt: 6_000 }, 100, runs)).toMatchObject({ before: runs, now: 0 })
    const seldom = compare({ crashes: 1 }, 100, runs)
    expect(seldom.before).toBeGreaterThan(0.98 * runs)
    expect(seldom.now).toBeGreaterThan(0.85 * runs)
    expect(seldom.now).toBeLessThan(seldom.before)
  })
})

describe('a good version', () => {
  it.each([
    [0, 2_500],
    [0.3, 2_500],
    [2, 10_000],
    [20, 8_500],
    [100, 2_500],
  ])('is never reverted with %d requests a second, in a median watch of %d ms', (rate, ms) => {
    expect(compare({ fails: from(0.001) }, rate, 50)).toEqual({ before: 0, now: 0, medianMs: ms })
  })
})
