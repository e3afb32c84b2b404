import { boundOf, bucketOf, countedIn, quantile } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'
import { enough, logRatio, sure } from './error-share.js'

/** An answer that is faster than this is never slow, in ms. */
const unnoticedMs = 125

/** By how much the share of slow answers rises in a version that is too slow, and by how much at most in a good one. */
const risen = { by: 0.5, notBy: 0.25 }

/**
 * Returns the latency from which an answer is slow, in ms: `times` the median before the switch, at least {@link
 * unnoticedMs}. null: there is no limit, or there were too few answers to know.
 * @param times 0: no limit.
 */
export const slowFromMs = ({ latency = [] }: Answers, times: number): number | null => {
  const median = countedIn(latency) < enough.requests ? null : quantile(latency, 0.5)
  if (median === null || times === 0) return null
  return boundOf(bucketOf(Math.max(median * times, unnoticedMs)))
}

/**
 * Tells whether answers are surely too slow: the share of slow ones has risen by a half. If it has risen by a quarter
 * at most, the verdict is wrong in at most one case in a thousand, as in `areErrorsSurelyNotMore`.
 */
export const areSurelySlow = (before: Answers, late: Answers, times: number): boolean => {
  const ratio = ratioOf(before, late, times)
  return ratio !== null && countedIn(late.latency ?? []) >= enough.requests && ratio >= sure
}

/** Tells whether answers are surely not too slow, with the same bound. Without enough answers it returns true. */
export const areSurelyNotSlow = (before: Answers, after: Answers, times: number): boolean => {
  const ratio = ratioOf(before, after, times)
  return ratio === null || -ratio >= sure
}

const ratioOf = (before: Answers, after: Answers, times: number): number | null => {
  const limit = slowFromMs(before, times)
  return limit === null ? null : logRatio(slowIn(before, limit), slowIn(after, limit), risen)
}

/** Counts slow answers, in the place of errors. */
const slowIn = ({ latency = [] }: Answers, limit: number): Pick<Answers, 'requests' | 'errors'> => ({
  requests: countedIn(latency),
  errors: countedIn(latency.slice(bucketOf(limit) + 1)),
})
