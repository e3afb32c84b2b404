import type { Env } from '../core/env.js'
import { requestsLeaveMs } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { startHealthy } from './start.js'
import { answersBefore, watch } from './watch.js'

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

/**
 * Nothing goes back to the old version any more: whoever runs the app lets it finish what it does, and stops it, when this
 * deploy lets go of the app. Nobody waits for that.
 */
export const handOver = async (env: Env, { services, note }: Runtime): Promise<void> => {
  await services.enable(env.project, env.slot)
  if (!env.live) return
  const open = await services.connections(env.project, env.live.slot)
  if (open > 0)
    note(
      `the old version still has ${count(open, 'connection')}; it gets ${env.timing.drain_timeout / 1_000} s`,
    )
}

const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`
