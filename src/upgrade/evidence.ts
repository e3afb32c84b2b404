import type { Answers } from '../core/proxy.js'
import { areErrorsSurelyNotMore, enough } from './error-share.js'
import { areSurelyNotSlow } from './slowness.js'

/** What was answered for so long before the switch is what a version is compared with, in ms. */
export const beforeMs = 60_000

/** What has been seen of a version since it took over. */
export interface Evidence {
  readonly watchedMs: number
  /** How long it is watched at most, in ms. */
  readonly mostMs: number
  /** Answers of the last {@link beforeMs} before the switch. */
  readonly before: Answers
  readonly after: Answers
  /** By how many percent the share of errors may rise. */
  readonly percent: number
  /** By how many times half of the answers may take longer; 0: no limit. */
  readonly slower: number
  readonly healthPath: string
  /** How often the health path was asked, and how often it was not healthy. */
  readonly looks: number
  readonly unhealthy: number
  /** How many processes the node has more than when it was first looked at; null: they cannot be counted. */
  readonly grown: number | null
  /** Crashes in code that changed. */
  readonly crashes: number
  /** How many processes migrated their state. */
  readonly migrated: number
}

export interface Verdict {
  readonly isEnough: boolean
  /** In words: why it is enough, or the first thing that is missing. */
  readonly why: string
}

/**
 * The least time, in ms: what crashes 2 s after it took over must be seen, and a longer watch is set for what shows itself
 * later.
 */
export const leastMs = (mostMs: number): number => Math.min(mostMs, Math.max(2_500, mostMs / 4))

/** Whether a watch of so many ms at most can end before its time is over. */
export const canEndEarly = (mostMs: number): boolean => leastMs(mostMs) < mostMs

/** So many looks are several, and so many more where nothing else is to be seen. */
const fewestLooks = { busy: 5, quiet: 10 }
/** Processes come and go; a leak that kills a node within a watch is far beyond this. */
const spareProcesses = 10

/** Decides whether enough is known of a version to end its watch early. It takes no version back: what is bad is thrown. */
export const judge = (seen: Evidence): Verdict => {
  const missing = missingIn(seen)
  if (missing !== null) return { isEnough: false, why: missing }
  return { isEnough: true, why: isQuiet(seen) ? quietly(seen) : 'surely not worse than before' }
}

const missingIn = (seen: Evidence): string | null => {
  const { watchedMs, mostMs, looks, unhealthy, crashes, migrated, grown } = seen
  if (watchedMs < leastMs(mostMs)) return 'not long enough'
  if (unhealthy > 0) return `${seen.healthPath} was not always healthy`
  if (looks < (isQuiet(seen) ? fewestLooks.quiet : fewestLooks.busy))
    return `too few looks at ${seen.healthPath} to be sure sooner`
  if (crashes > 0) return `${count(crashes, 'crash')} in the code that changed`
  // Whether they have run since nobody can tell.
  if (migrated > 0) return `${count(migrated, 'process')} migrated, which needs the whole time`
  if (grown === null) return 'Gatling cannot count its processes'
  return isQuiet(seen) ? missingInQuiet(grown) : missingInTraffic(seen, grown)
}

const missingInQuiet = (grown: number): string | null =>
  grown > spareProcesses ? `it has ${count(grown, 'process')} more than at first` : null

/** A request that hangs keeps a process and has no answer yet, so each process more is counted as an answer that failed. */
const missingInTraffic = ({ before, after, percent, slower }: Evidence, grown: number): string | null => {
  const asBad = (more: number): Answers => ({ requests: after.requests + more, errors: after.errors + more })
  if (areErrorsSurelyNotMore(before, asBad(Math.max(grown, 0)), percent))
    return areSurelyNotSlow(before, after, slower) ? null : 'its answers may be slower than before'
  if (areErrorsSurelyNotMore(before, after, percent))
    return `it has ${count(grown, 'process')} more than at first`
  return after.requests === 0
    ? `no request came, after ${before.requests.toLocaleString('en-US')} in the minute before`
    : 'not enough traffic to be sure sooner'
}

/**
 * Whether traffic could tell nothing, however long it is watched: errors are judged by 20 requests, or by 5 that all fail. It
 * goes by how many requests came in the minute before or come now, and where a few are expected by one that was answered well.
 */
export const isQuiet = ({ before, after, watchedMs, mostMs }: Evidence): boolean => {
  const perMs = Math.max(before.requests / beforeMs, after.requests / Math.max(watchedMs, 1))
  const expected = perMs * mostMs
  return after.errors === 0 && expected < (after.requests > 0 ? enough.requests / 2 : 1)
}

const quietly = ({ after, healthPath, looks }: Evidence): string =>
  `${after.requests === 0 ? 'no' : 'too little'} traffic to judge by, but ${healthPath} was healthy ${looks} times`

/** Tells a user what was seen, and why no more was needed, or why it took the whole time. */
export const told = (seen: Evidence, { why }: Verdict): string => {
  const { requests, errors } = seen.after
  const time = `${Number((seen.watchedMs / 1_000).toFixed(1))} s`
  const because = canEndEarly(seen.mostMs) ? `; ${why}` : ''
  return `watched for ${time}: ${count(requests, 'request')}, ${count(errors, 'error')}${because}`
}

const count = (number: number, of: string): string => {
  const plural = of.endsWith('s') || of.endsWith('sh') ? 'es' : 's'
  return `${number.toLocaleString('en-US')} ${of}${number === 1 ? '' : plural}`
}
