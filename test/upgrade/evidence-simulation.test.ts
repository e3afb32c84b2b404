import { describe, expect, it } from 'vitest'
import { haveErrorsRisen } from '../../src/upgrade/error-share.js'
import { type Evidence, judge } from '../../src/upgrade/evidence.js'
import { type Random, randomOf } from '../torture/random.js'

/** What a version does, by the time since it took over, in ms. */
interface Kind {
  /** The share of requests that fail at once. */
  readonly fails?: (at: number) => number
  /** The share of requests that hang for 4 s and then fail. */
  readonly hangs?: number
  /** When a supervised process crashes. */
  readonly crashesAt?: number
  /** How many requests a second crash in changed code. */
  readonly crashes?: number
  /** Processes a second that never end, and how many the node or its memory bears. */
  readonly leak?: { readonly perSecond: number; readonly most: number }
  /** A process that migrated gets its first message then, and cannot bear it. */
  readonly wakesAt?: number
  /** How long the health path takes; from 5 s on that is no answer. */
  readonly healthMs?: number
}

const mostMs = 10_000
const lookEveryMs = 500
const hangMs = 4_000

/** When something that comes so often a second comes, each moment being as likely as any other, in ms. */
const arrivals = (perSecond: number, random: Random): number[] => {
  const times: number[] = []
  const gap = (): number => (-Math.log(1 - random.int(0, 999_999) / 1_000_000) / perSecond) * 1_000
  if (perSecond > 0) for (let at = gap(); at < mostMs + lookEveryMs; at += gap()) times.push(at)
  return times
}

/** What has happened between two looks. */
interface Slice {
  answered: number
  failed: number
  /** How many requests more hang than before. */
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

/** One version, watched for the whole time, and what a watch that ends early would have seen of the very same run. */
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
    // Where there is little traffic the health path is asked five times as often.
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

/** How many of so many runs are caught by a watch that takes its whole time, how many by one that ends early, and when that ends. */
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

describe('a faulty version is caught as often as by a watch that takes its whole time', () => {
  it.each<[string, Kind, readonly number[]]>([
    ['errors from the first request', { fails: from(1) }, [2, 20, 100]],
    ['20 % errors', { fails: from(0.2) }, [20, 100]],
    ['errors that begin after a second', { fails: from(0.5, 1_000) }, [20, 100]],
    ['a crash after 2 s', { crashesAt: 2_000 }, [0, 100]],
    ['a leak of processes up to the limit', { leak: { perSecond: 40_000, most: 262_144 } }, [0, 100]],
    ['a leak of processes until memory is full', { leak: { perSecond: 60, most: 500 } }, [0, 100]],
    ['no answer of the health path', { healthMs: 6_000 }, [0, 100]],
    ['a process that cannot bear its new state', { wakesAt: 7_000 }, [0, 100]],
  ])('%s: always', (_, kind, rates) => {
    const runs = 50
    for (const rate of rates)
      expect({ rate, ...compare(kind, rate, runs) }).toMatchObject({ rate, before: runs, now: runs })
  })

  /** Near the limit, and where requests are few, it is chance that decides; so it was before. */
  it.each<[string, Kind, number]>([
    ['5 % errors', { fails: from(0.05) }, 100],
    ['5 % errors of few requests', { fails: from(0.05) }, 20],
    ['6 % errors', { fails: from(0.06) }, 100],
    ['errors of every request of very few', { fails: from(1) }, 0.3],
    ['errors of half of very few requests', { fails: from(0.5) }, 2],
    ['requests that hang and then fail', { hangs: 0.1 }, 100],
  ])('%s: mostly or sometimes', (_, kind, rate) => {
    const runs = 200
    const { before, now } = compare(kind, rate, runs)
    expect(now).toBe(before)
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(runs)
  })
})

describe('what is not caught', () => {
  it('a slow health path, now as before', () => {
    expect(compare({ healthMs: 2_000 }, 100, 20)).toMatchObject({ before: 0, now: 0 })
  })

  it('what shows itself only after an early end, or too seldom, as the docs say', () => {
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
  ])('at %d requests a second is never taken back, and watched for %d ms in most runs', (rate, ms) => {
    expect(compare({ fails: from(0.001) }, rate, 50)).toEqual({ before: 0, now: 0, medianMs: ms })
  })
})
