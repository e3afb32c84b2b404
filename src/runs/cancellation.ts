import type { GatlingError } from '../core/error.js'
import type { EventBody } from '../core/event.js'

/** After these events a run can no longer be cancelled: its work is final, or an undo runs, which must end. */
const decided: ReadonlySet<EventBody['type']> = new Set(['live', 'undo'])

/** Makes the cancellation of a run, for `gatling cancel`. @param why returns the reason when somebody cancels. */
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
