import { quantile } from '../core/latency.js'
import { round } from '../core/round.js'
import { add, emptyRow, minuteMs, type Row, requestsIn } from './row.js'

/** The figures of some time, as people ask for them. */
export interface Figures {
  readonly requests: number
  readonly requests_per_s: number
  /** Answers with a status of 500 or more. */
  readonly errors: number
  /** The share of the requests that failed; 0 without any. */
  readonly error_percent: number
  /** Answers by the first digit of their status, from 1xx, which is a WebSocket that was closed, to 5xx. */
  readonly classes: readonly number[]
  /** Bytes that were sent to visitors. */
  readonly bytes: number
  /** How long half of the answers took at most until they began; null: there were none. */
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  /** The share of one core; null: nothing ran, or nobody looked. */
  readonly cpu_percent: number | null
  /** The most that was in use; null: as for the processor. */
  readonly memory_bytes: number | null
}

/** Sums rows up. @param ms the length of their time. */
export const figuresOf = (rows: readonly Row[], ms: number): Figures => {
  const sum = emptyRow(0)
  for (const row of rows) add(sum, row)
  const requests = requestsIn(sum)
  const errors = sum.classes[4] ?? 0
  const isMeasured = sum.memory > 0
  return {
    requests,
    requests_per_s: round(requests / (ms / 1_000)),
    errors,
    error_percent: requests === 0 ? 0 : round((errors / requests) * 100),
    classes: sum.classes,
    bytes: sum.bytes,
    p50_ms: rounded(quantile(sum.latency, 0.5)),
    p95_ms: rounded(quantile(sum.latency, 0.95)),
    cpu_percent: isMeasured ? round((sum.cpu / ms) * 100) : null,
    memory_bytes: isMeasured ? sum.memory * 1_024 : null,
  }
}

const rounded = (value: number | null): number | null => (value === null ? null : round(value))

/** Returns the length of a time whose last minute is not over, in ms. */
export const lengthOf = (fromMinute: number, now: number): number =>
  Math.max(now - fromMinute * minuteMs, 1_000)
