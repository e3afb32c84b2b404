import type { Env } from '../core/env.js'
import type { Answers } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { trafficOf } from '../core/traffic.js'
import type { Evidence } from './evidence.js'

/**
 * Compares what visitors get before a switch and after it, for the person who pushed.
 * @param before the answers in the `ms` before the switch.
 * @returns the function that reports the comparison, at the end of the watch. It needs traffic on both sides.
 */
export const compareTraffic = (
  { project, slot, live }: Env,
  { services, compared }: Runtime,
  before: Answers,
  ms: number,
): ((seen: Evidence) => Promise<void>) => {
  // An older keeper does not know this call. A deploy must not fail because of that.
  const memoryOf = (of: typeof slot): Promise<number> => services.memory(project, of).catch(() => 0)
  const memory = live && before.requests > 0 ? memoryOf(live.slot) : Promise.resolve(0)
  return async ({ after, watchedMs }) => {
    if (before.requests === 0 || after.requests === 0) return
    compared(trafficOf(before, ms, await memory), trafficOf(after, watchedMs, await memoryOf(slot)))
  }
}
