import { quantile } from '../core/latency.js'
import { round } from '../core/round.js'
import { add, emptyRow, minuteMs, type Row, requestsIn } from './row.js'

/** The figures of a period. */
export interface Figures {
  readonly requests: number
  readonly requests_per_s: number
  /** Answers with a status of 500 or more. */
  readonly errors: number
  /** The share of the requests that failed; 0 without any. */
  readonly error_percent: number
  /** Answers by the first digit of their status, from 1xx to 5xx. A 1xx is a WebSocket that was closed. */
  readonly classes: readonly number[]
  /** Bytes that were sent to visitors. */
  readonly bytes: number
  /** The time within which half of the answers began; null: there were no answers. */
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  /** The share of one core; null: nothing ran, or nothing was measured. */
  readonly cpu_percent: number | null
  /** The most that was in use; null as above. */
  readonly memory_bytes: number | null
}

/** Sums up rows. @param ms the length of their period. */
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

/** Returns the length of a period whose last minute is not over, in ms. */
export const lengthOf = (fromMinute: number, now: number): number =>
  Math.max(now - fromMinute * minuteMs, 1_000)
