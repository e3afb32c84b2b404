import type { Env, Slot } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'
import { startHealthy } from './start.js'
import { answersBefore, watch } from './watch.js'

/** How long running requests may keep the old version from being told to stop, in ms. */
const requestsLeaveMs = 15_000

/** Starts the new version beside the old, sends new requests to it once it is healthy, and watches it. */
export const swapIn = async (env: Env, runtime: Runtime): Promise<void> => {
  await startHealthy(env, runtime)
  const before = await answersBefore(env, runtime)
  await runtime.proxy.route(env.project, env.available_port)
  await watch(env, runtime, { ms: env.timing.watch, before })
}

/** How long a version that is not wanted has to stop, in ms: a VM that is told to while it boots does not hear it. */
export const unwantedMs = 5_000

/** Back to the old version, which has not been touched. What the new one was asked already it may answer. */
export const swapBack = async (env: Env, { proxy, services }: Runtime): Promise<void> => {
  if (env.live) await proxy.route(env.project, env.live.port)
  if (env.slot === env.live?.slot) return
  await proxy.drained(env.project, env.available_port, requestsLeaveMs)
  await services.stop(env.project, env.slot, unwantedMs)
}

/** Lets the old version finish what it is doing, then stops it. */
export const letOldGo = async (env: Env, { proxy, services, note }: Runtime): Promise<void> => {
  await services.enable(env.project, env.slot)
  if (!env.live) return
  const left = await proxy.drained(env.project, env.live.port, requestsLeaveMs)
  if (left > 0)
    note(`${left} requests still run in the old version; it gets ${env.timing.drain_timeout / 1_000} s`)
  await stopTelling(env, env.live.slot, { services, note })
}

/** How often the connections of an instance that stops are counted, in ms. */
const countEveryMs = 1_000

/** Stops an instance, and tells how many connections it still has: they leave in waves, as its own drainer lets them. */
const stopTelling = async (
  { project, timing }: Env,
  slot: Slot,
  { services, note }: Pick<Runtime, 'services' | 'note'>,
): Promise<void> => {
  let told = 0
  const count = async (): Promise<void> => {
    const open = await services.connections(project, slot)
    if (open !== told && open > 0) note(`the old version still has ${open} connections`)
    told = open
  }
  await count()
  const timer = setInterval(() => void count().catch(() => {}), countEveryMs)
  try {
    await services.stop(project, slot, timing.drain_timeout)
  } finally {
    clearInterval(timer)
  }
}
