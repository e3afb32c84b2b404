import type { GatlingError } from '../core/error.js'
import type { EventBody } from '../core/event.js'

/** From these on there is nothing left to stop: what was done is final, or is being undone, which must come to its end. */
const decided: ReadonlySet<EventBody['type']> = new Set(['live', 'undo'])

/** What `gatling cancel` stops a run by. @param why it is asked for when somebody does. */
export const cancellation = (why: () => GatlingError) => {
  const abort = new AbortController()
  let isDecided = false
  return {
    signal: abort.signal,
    /** Gets every event of the run. */
    hear: ({ type }: EventBody): void => {
      isDecided ||= decided.has(type)
    },
    cancel: (): void => {
      if (!isDecided) abort.abort(why())
    },
  }
}
