import type { Answers } from '../core/proxy.js'
import { areErrorsSurelyNotMore, enough } from './error-share.js'
import { areSurelyNotSlow } from './slowness.js'

/** The time before the switch whose answers a new version is compared with, in ms. */
export const beforeMs = 60_000

/** What Gatling has seen of a version since it took over. */
export interface Evidence {
  readonly watchedMs: number
  /** The longest time of the watch, in ms. */
  readonly mostMs: number
  /** Answers of the last {@link beforeMs} before the switch. */
  readonly before: Answers
  readonly after: Answers
  /** By how many percentage points the share of errors may rise. */
  readonly percent: number
  /** How many times longer half of the answers may take; 0: no limit. */
  readonly slower: number
  readonly healthPath: string
  /** How often Gatling asked the health path, and how often the answer was unhealthy. */
  readonly looks: number
  readonly unhealthy: number
  /** How many more processes the node has than at the first look; null: they cannot be counted. */
  readonly grown: number | null
  /** Crashes in code that changed. */
  readonly crashes: number
  /** How many processes migrated their state. */
  readonly migrated: number
}

export interface Verdict {
  readonly isEnough: boolean
  /** Why the evidence is enough, or what is still missing. */
  readonly why: string
}

/**
 * Returns the shortest time of a watch, in ms. A crash 2 s after the switch must be seen. A longer watch is set to find
 * later faults.
 */
export const leastMs = (mostMs: number): number => Math.min(mostMs, Math.max(2_500, mostMs / 4))

/** Tells whether a watch of at most `mostMs` can end early. */
export const canEndEarly = (mostMs: number): boolean => leastMs(mostMs) < mostMs

/** The fewest looks at the health path. Without traffic there is no other evidence, so there must be more of them. */
const fewestLooks = { busy: 5, quiet: 10 }
/**
 * How many more processes are normal: processes come and go. A leak that kills a node within a watch starts far more.
 */
const spareProcesses = 10

/**
 * Decides whether enough is known about a version to end its watch early. It does not find faults: the watch throws
 * those.
 */
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
  // Nobody knows whether these processes have run since.
  if (migrated > 0) return `${count(migrated, 'process')} migrated, which needs the whole time`
  if (grown === null) return 'Gatling cannot count its processes'
  return isQuiet(seen) ? missingInQuiet(grown) : missingInTraffic(seen, grown)
}

const missingInQuiet = (grown: number): string | null =>
  grown > spareProcesses ? `it has ${count(grown, 'process')} more than at first` : null

/**
 * Says what is missing in a version with traffic. A request that hangs keeps a process and has no answer yet, so each
 * additional process counts as an error.
 */
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
 * Tells whether there is too little traffic to judge by, even in a full watch: that takes 20 requests, or 5 that all
 * fail. It estimates the traffic from the minute before the switch and from the time since. If it expects only a few
 * requests, at least one must have succeeded.
 */
export const isQuiet = ({ before, after, watchedMs, mostMs }: Evidence): boolean => {
  const perMs = Math.max(before.requests / beforeMs, after.requests / Math.max(watchedMs, 1))
  const expected = perMs * mostMs
  return after.errors === 0 && expected < (after.requests > 0 ? enough.requests / 2 : 1)
}

const quietly = ({ after, healthPath, looks }: Evidence): string =>
  `${after.requests === 0 ? 'no' : 'too little'} traffic to judge by, but ${healthPath} was healthy ${looks} times`

/** Tells the user what the watch saw, and why it ended early or took the whole time. */
export const describeWatch = (seen: Evidence, { why }: Verdict): string => {
  const { requests, errors } = seen.after
  const time = `${Number((seen.watchedMs / 1_000).toFixed(1))} s`
  const because = canEndEarly(seen.mostMs) ? `; ${why}` : ''
  return `watched for ${time}: ${count(requests, 'request')}, ${count(errors, 'error')}${because}`
}

const count = (number: number, of: string): string => {
  const plural = of.endsWith('s') || of.endsWith('sh') ? 'es' : 's'
  return `${number.toLocaleString('en-US')} ${of}${number === 1 ? '' : plural}`
}
