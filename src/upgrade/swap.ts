import type { Env } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'
import { startHealthy, watch } from './start.js'

/** How long running requests may keep the old version from being told to stop, in ms. */
const requestsLeaveMs = 15_000

/** Starts the new version beside the old, sends new requests to it once it is healthy, and watches it. */
export const swapIn = async (env: Env, runtime: Runtime): Promise<void> => {
  await startHealthy(env, runtime)
  await runtime.proxy.route(env.project, env.available_port)
  await watch(env, runtime)
}

/** Back to the old version, which has not been touched. */
export const swapBack = async (env: Env, { proxy, services }: Runtime): Promise<void> => {
  if (env.live) await proxy.route(env.project, env.live.port)
  if (env.slot !== env.live?.slot) await services.stop(env.project, env.slot, env.timing.drain_timeout)
}

/** Lets the old version finish what it is doing, then stops it. */
export const letOldGo = async (env: Env, { proxy, services, note }: Runtime): Promise<void> => {
  await services.enable(env.project, env.slot)
  if (!env.live) return
  const left = await proxy.drained(env.project, env.live.port, requestsLeaveMs)
  if (left > 0)
    note(`${left} requests still run in the old version; it gets ${env.timing.drain_timeout / 1_000} s`)
  await services.stop(env.project, env.live.slot, env.timing.drain_timeout)
}
