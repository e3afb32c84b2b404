import { quantile } from './latency.js'
import type { Answers } from './proxy.js'
import { round } from './round.js'

/** What visitors got from a version, and the memory it used. */
export interface Traffic {
  readonly requests_per_s: number
  /** null: nobody measured it. */
  readonly p95_ms: number | null
  readonly error_percent: number
  /** null: the version does not run. */
  readonly memory_bytes: number | null
}

/**
 * Sums up answers.
 * @param ms the time in which they were given.
 * @param memory in bytes; 0: the version does not run.
 */
export const trafficOf = (
  { requests, errors, latency = [] }: Answers,
  ms: number,
  memory: number,
): Traffic => {
  const p95 = quantile(latency, 0.95)
  return {
    requests_per_s: round(requests / (Math.max(ms, 1) / 1_000)),
    p95_ms: p95 === null ? null : round(p95),
    error_percent: requests === 0 ? 0 : round((errors / requests) * 100),
    memory_bytes: memory === 0 ? null : memory,
  }
}
