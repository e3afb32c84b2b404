import { bucketOf } from '../src/core/latency.js'
import type { Answers } from '../src/core/proxy.js'
import { haveErrorsRisen } from '../src/upgrade/error-share.js'
import { beforeMs, judge } from '../src/upgrade/evidence.js'
import { areSurelySlow } from '../src/upgrade/slowness.js'
import { lookEveryMs } from '../src/upgrade/watch.js'
import type { Random } from '../test/torture/random.js'
import { happen } from './chance.js'
import { usualErrors, type Version } from './version.js'

/** The defaults of gatling.toml's [health]. */
const limits = { mostMs: 3_000, percent: 5, slower: 4, healthPath: '/' }
const medianMs = 20

export interface Watched {
  /** When the watch ended, in ms after the switch. */
  readonly ms: number
  readonly isBad: boolean
}

/** Watches a version by the rules of every deploy. @param perSecond the requests that it gets */
export const watch = (version: Version, cell: number, perSecond: number, random: Random): Watched => {
  const before = answers(perSecond * (beforeMs / 1_000), () => usualErrors, medianMs, random)
  let after: Answers = { requests: 0, errors: 0, latency: [] }
  let late: Answers = after
  for (let ms = lookEveryMs; ; ms += lookEveryMs) {
    const fails = (): number => version.fails(ms, cell)
    const found = answers((perSecond * lookEveryMs) / 1_000, fails, medianMs * version.slower, random)
    after = sum(after, found)
    if (ms > limits.mostMs / 2) late = sum(late, found)
    if (haveErrorsRisen(before, after, limits.percent)) return { ms, isBad: true }
    const seen = { ...limits, watchedMs: ms, before, after, looks: ms / 100, unhealthy: 0 }
    const isOver = ms >= limits.mostMs
    if (isOver || judge({ ...seen, grown: 0, crashes: 0, migrated: 0 }).isEnough)
      return { ms, isBad: isOver && areSurelySlow(before, late, limits.slower) }
  }
}

/** Tells whether the last minute of a cell shows a bad version, as between two waves. */
export const looksBad = (
  version: Version,
  cell: number,
  ageMs: number,
  perSecond: number,
  random: Random,
): boolean => {
  const ofMinute = (fails: () => number): Answers => answers(perSecond * 60, fails, medianMs, random)
  return haveErrorsRisen(
    ofMinute(() => usualErrors),
    ofMinute(() => version.fails(ageMs, cell)),
    limits.percent,
  )
}

const answers = (expected: number, fails: () => number, ms: number, random: Random): Answers => {
  const share = fails()
  const errors = happen(expected * share, random)
  const requests = errors + happen(expected * (1 - share), random)
  const latency = Array.from<number>({ length: bucketOf(ms) }).fill(0)
  return { requests, errors, latency: [...latency, requests] }
}

const sum = (one: Answers, other: Answers): Answers => ({
  requests: one.requests + other.requests,
  errors: one.errors + other.errors,
  latency: Array.from(
    { length: Math.max(one.latency?.length ?? 0, other.latency?.length ?? 0) },
    (_, bucket) => (one.latency?.[bucket] ?? 0) + (other.latency?.[bucket] ?? 0),
  ),
})
