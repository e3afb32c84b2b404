import { boundOf, bucketOf, countedIn, quantile } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'
import { enough, logRatio, sure } from './error-share.js'

/** Nobody minds an answer that is faster than this, in ms. */
const unnoticedMs = 125

/** By how much the share of slow answers rises in a version that is too slow, and by how much at most in one that is not. */
const risen = { by: 0.5, notBy: 0.25 }

/**
 * Returns the latency from which an answer is slow, in ms: so many times the median of before, at least {@link unnoticedMs}.
 * null: there is no limit, or there were too few answers to know.
 * @param times 0: no limit.
 */
export const slowFromMs = ({ latency = [] }: Answers, times: number): number | null => {
  const median = countedIn(latency) < enough.requests ? null : quantile(latency, 0.5)
  if (median === null || times === 0) return null
  return boundOf(bucketOf(Math.max(median * times, unnoticedMs)))
}

/**
 * Whether answers are surely too slow: the share of slow ones has risen by a half. A version in which it has risen by a quarter at
 * most is taken for one in a thousandth of the cases at most, as in `areErrorsSurelyNotMore`.
 */
export const areSurelySlow = (before: Answers, late: Answers, times: number): boolean => {
  const ratio = ratioOf(before, late, times)
  return ratio !== null && countedIn(late.latency ?? []) >= enough.requests && ratio >= sure
}

/** Whether answers are surely not too slow, with the same bound; also if nobody can tell. */
export const areSurelyNotSlow = (before: Answers, after: Answers, times: number): boolean => {
  const ratio = ratioOf(before, after, times)
  return ratio === null || -ratio >= sure
}

const ratioOf = (before: Answers, after: Answers, times: number): number | null => {
  const limit = slowFromMs(before, times)
  return limit === null ? null : logRatio(slowIn(before, limit), slowIn(after, limit), risen)
}

/** Counts answers that are slow as others count errors. */
const slowIn = ({ latency = [] }: Answers, limit: number): Pick<Answers, 'requests' | 'errors'> => ({
  requests: countedIn(latency),
  errors: countedIn(latency.slice(bucketOf(limit) + 1)),
})
