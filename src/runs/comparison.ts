import type { AskedTask } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import { leastMoreMs, medianIfFarOff } from '../core/slow-step.js'
import { stepTimes } from '../state/runs.js'

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
