import { count } from '../core/count.js'
import { onLoopback } from '../core/endpoint.js'
import type { Env } from '../core/env.js'
import { type Answers, requestsLeaveMs } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { seconds } from '../core/seconds.js'
import { startHealthy, untilHealthy } from './start.js'
import { answersBefore } from './watch.js'

/**
 * Starts the new version beside the old, unless it runs already. Sends new requests to it once it is healthy.
 * @returns the answers of the old version before that.
 */
export const takeRequests = async (env: Env, runtime: Runtime): Promise<Answers> => {
  const before = await answersBefore(env, runtime)
  const since = performance.now()
  if (mustNotRunTwice(env)) await stopOld(env, runtime)
  await (env.mode === 'swap' ? untilHealthy(env, runtime) : startHealthy(env, runtime))
  await runtime.peers.together(env)
  await runtime.proxy.route(env.project, onLoopback(env.available_port))
  if (mustNotRunTwice(env)) runtime.note(`nothing answered for ${seconds(performance.now() - since)}`)
  return before
}

/** Tells whether the old version must stop before the new one starts. */
export const mustNotRunTwice = ({ upgrade_options, live }: Env): boolean =>
  upgrade_options.stop_first && live !== null

const stopOld = async ({ project, live, timing }: Env, { services, note }: Runtime): Promise<void> => {
  if (!live) return
  note(
    'stop_first: the old version stops before the new one starts, so nothing answers until the new one is healthy',
  )
  await services.stop(project, live.slot, timing.drain_timeout)
}

/** How long a rejected version has to stop, in ms. A VM ignores SIGTERM while it boots. */
export const unwantedMs = 5_000

/**
 * Goes back to the old version. The new version can finish its requests, unless the old version must wait for its end.
 */
export const swapBack = async (env: Env, runtime: Runtime): Promise<void> => {
  const { proxy, services } = runtime
  const isStopped = mustNotRunTwice(env) && !(await isThere(env, runtime))
  if (env.live) await proxy.route(env.project, onLoopback(env.live.port))
  if (env.slot === env.live?.slot) return
  if (!isStopped) await proxy.drained(env.project, onLoopback(env.available_port), requestsLeaveMs)
  await services.stop(env.project, env.slot, unwantedMs)
  if (isStopped) await startOld(env, runtime)
}

const isThere = async ({ project, live }: Env, { services }: Runtime): Promise<boolean> =>
  (await services.list(project)).some(({ slot }) => slot === live?.slot)

const startOld = async (env: Env, runtime: Runtime): Promise<void> => {
  if (!env.live) return
  const { release, slot, port, config } = env.live
  await startHealthy({ ...env, release, slot, available_port: port, config_release: config }, runtime)
  await runtime.services.enable(env.project, slot)
}

/**
 * Makes the new version permanent: from here on nothing goes back to the old one. After this deploy releases the app,
 * the keeper drains and stops the old version. The deploy does not wait for that.
 */
export const handOver = async (env: Env, { services, note }: Runtime): Promise<void> => {
  await services.enable(env.project, env.slot)
  if (!env.live) return
  const open = await services.connections(env.project, env.live.slot)
  if (open > 0)
    note(
      `the old version still has ${count(open, 'connection')}; it can finish them within ${env.timing.drain_timeout / 1_000} s`,
    )
}
