import type { AskedTask } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import { stepTimes } from '../state/runs.js'

/** With fewer past times than these nothing is usual. */
const enough = 3
/** Far off is more than twice as long and 2 s more: less is what a busy machine does, and nobody waits for it. */
const timesLonger = 2
const leastMoreMs = 2_000

/** The median of what a step took before, in ms, when `ms` is far off it; else undefined. */
export const medianIfFarOff = (ms: number, before: readonly number[]): number | undefined => {
  if (before.length < enough) return undefined
  const sorted = [...before].sort((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0
  return ms > timesLonger * usual && ms >= usual + leastMoreMs ? usual : undefined
}

/** Lays beside the end of a step what it usually takes; the past is read once, for the first step that is slow at all. */
export const comparison = (home: string, project: string, task: AskedTask) => {
  let before: ReturnType<typeof stepTimes> | null = null
  return (event: EventBody): EventBody => {
    if (event.type !== 'step-end' || event.ms < leastMoreMs) return event
    before ??= stepTimes(home, project, task)
    const usual = medianIfFarOff(event.ms, before(event.step))
    return usual === undefined ? event : { ...event, usual_ms: usual }
  }
}
