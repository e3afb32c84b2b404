import type { Env } from '../core/env.js'
import type { Answers } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { trafficOf } from '../core/traffic.js'
import type { Evidence } from './evidence.js'

/**
 * Compares what visitors get before a switch and after it, for the person who pushed.
 * @param before what was answered in so many ms, `ms`.
 * @returns what says it, at the end of the watch. Without traffic on both sides there is nothing to say.
 */
export const compareTraffic = (
  { project, slot, live }: Env,
  { services, compared }: Runtime,
  before: Answers,
  ms: number,
): ((seen: Evidence) => Promise<void>) => {
  // A keeper of an earlier version cannot tell, which is no reason to fail a deploy.
  const memoryOf = (of: typeof slot): Promise<number> => services.memory(project, of).catch(() => 0)
  const memory = live && before.requests > 0 ? memoryOf(live.slot) : Promise.resolve(0)
  return async ({ after, watchedMs }) => {
    if (before.requests === 0 || after.requests === 0) return
    compared(trafficOf(before, ms, await memory), trafficOf(after, watchedMs, await memoryOf(slot)))
  }
}
