import type { AskedTask } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import { stepTimes } from '../state/runs.js'

/** The fewest past times from which a usual time is known. */
const enough = 3
/**
 * A step is slow if it takes more than twice as long as usual, and at least 2 s longer. A busy machine can cause less
 * than that.
 */
const timesLonger = 2
const leastMoreMs = 2_000

/** Returns the median of a step's past times, in ms, if `ms` is far above it; otherwise undefined. */
export const medianIfFarOff = (ms: number, before: readonly number[]): number | undefined => {
  if (before.length < enough) return undefined
  const sorted = [...before].sort((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0
  return ms > timesLonger * usual && ms >= usual + leastMoreMs ? usual : undefined
}

/**
 * Makes a function that adds the usual time to the end of a slow step. It reads the past times once, for the first step
 * that takes long.
 */
export const comparison = (home: string, project: string, task: AskedTask) => {
  let before: ReturnType<typeof stepTimes> | null = null
  return (event: EventBody): EventBody => {
    if (event.type !== 'step-end' || event.ms < leastMoreMs) return event
    before ??= stepTimes(home, project, task)
    const usual = medianIfFarOff(event.ms, before(event.step))
    return usual === undefined ? event : { ...event, usual_ms: usual }
  }
}
