import type { Env } from '../../../core/env.js'
import type { Live } from '../../../core/live.js'
import type { Plan } from '../../../core/plan.js'
import { freeSlot } from '../../../core/slot.js'
import { hotImpossible } from '../../../upgrade/errors.js'
import { install, reinstall } from '../../../upgrade/install.js'
import { startHealthy, startListening } from '../../../upgrade/start.js'
import { handOver, mustNotRunTwice, swapBack, takeRequests, unwantedMs } from '../../../upgrade/swap.js'
import { answersBefore, lookOnceMore } from '../../../upgrade/watch.js'
import { commitHot, installHot, lookHot, revertHot, watchHot } from './hot.js'
import { planUpgrade, swapAsked } from './plan.js'
import { reasonOf } from './reasons.js'
import type { PhoenixRuntime } from './runtime.js'
import { tellGap } from './schema-gap.js'
import { watchNew } from './watch-new.js'

/**
 * Starts the older release beside the live one, if migrations will be rolled back and a swap will follow. So no data is
 * lost if the older release cannot start, and code and schema change at nearly the same time.
 * @throws GatlingError as {@link upgrade}, after it has stopped what it started.
 */
export const prepare = async (env: Env, runtime: PhoenixRuntime): Promise<Partial<Env>> => {
  if (env.migrations.length === 0) {
    runtime.note('nothing to do')
    return {}
  }
  const plan = await planUpgrade(env, runtime)
  if (plan.mode !== 'swap' || mustNotRunTwice(env)) {
    runtime.note(
      `nothing to start, because ${plan.mode === 'swap' ? 'of stop_first' : 'the upgrade changes the running app'}`,
    )
    return {}
  }
  try {
    await adopt(plan, env, runtime)
    await startListening(env, runtime)
  } catch (error) {
    await dismiss(env, runtime)
    throw error
  }
  runtime.note(`release ${env.release} listens on port ${env.available_port}, and waits for its schema`)
  return { mode: 'swap' }
}

/** Stops the instance that was prepared. */
export const unprepare = async (env: Env, runtime: PhoenixRuntime): Promise<void> => {
  if (env.mode === 'swap') await dismiss(env, runtime)
}

const dismiss = async (env: Env, runtime: PhoenixRuntime): Promise<void> => {
  await runtime.services.stop(env.project, env.slot, unwantedMs)
  await reinstall(env, runtime)
}

const adopt = async (plan: Plan, env: Env, runtime: PhoenixRuntime): Promise<void> => {
  await install(env, runtime)
  runtime.planned(plan)
}

/** Takes the running app to the new release: hot if that is safe, otherwise by a swap. It says why. */
export const upgrade = async (env: Env, runtime: PhoenixRuntime): Promise<Partial<Env>> => {
  const isPrepared = env.mode === 'swap'
  const plan = await runtime.peers.agree(env, isPrepared ? swapAsked : await planUpgrade(env, runtime))
  if (isPrepared) return swap(env, runtime)
  await adopt(plan, env, runtime)
  if (plan.mode === 'swap' || !env.live) return swap(env, runtime)
  const before = await answersBefore(env, runtime)
  await runtime.peers.together(env)
  const refused = await installHot(plan, env, runtime)
  if (refused.length > 0) {
    const why = refused.map(one => reasonOf(one.code).say(one))
    if (env.upgrade_options.mode === 'hot') throw hotImpossible(env, why)
    runtime.note(`the running app was left as it is: ${why.join('; ')}. Gatling swaps instead.`)
    return swap(env, runtime)
  }
  await tellGap(env, runtime)
  if (plan.mode === 'hot') await watchHot(env, runtime, before)
  return { mode: plan.mode, ...(await placeOf(env, env.live, runtime)) }
}

const swap = async (env: Env, runtime: PhoenixRuntime): Promise<Partial<Env>> => {
  const before = await takeRequests(env, runtime).finally(() => tellGap(env, runtime))
  await watchNew(env, runtime, before)
  return { mode: 'swap' }
}

/** Returns where the app runs after a hot upgrade: in the same place. */
const placeOf = async (
  { project, node_name }: Env,
  { slot, port }: Live,
  { services }: PhoenixRuntime,
): Promise<Partial<Env>> => {
  const { RELEASE_NODE: name = node_name } = await services.environment(project, slot)
  return { slot, available_port: port, node_name: name }
}

/** Goes back to the old version. If its node cannot be reverted, the old release is started beside it. */
export const takeBack = async (env: Env, runtime: PhoenixRuntime): Promise<void> => {
  // The others go back at the same time.
  void runtime.peers.undo()
  await swapBack(env, runtime)
  await reinstall(env, runtime)
  if (!env.live || !runtime.engine.touched() || (await revertHot(env, runtime))) return
  const { project, live } = env
  const slot = freeSlot(live)
  const { web } = await runtime.services.processes(project, slot)
  const place = { slot, port: web.port }
  const before = { release: live.release, config_release: live.config }
  if (env.upgrade_options.stop_first)
    await runtime.services.stop(project, live.slot, env.timing.drain_timeout)
  await startHealthy({ ...env, ...before, slot: place.slot, available_port: place.port }, runtime)
  await runtime.proxy.route(project, web)
  runtime.moved(project, { ...live, ...place })
  await runtime.services.enable(project, place.slot)
  await runtime.services.stop(project, live.slot, env.timing.drain_timeout)
}

/** Checks that the version that took over still runs, right before the commit. */
export const stillServes = async (env: Env, runtime: PhoenixRuntime): Promise<void> => {
  if (env.mode === 'swap') await lookOnceMore(env, runtime)
  if (env.mode === 'hot') await lookHot(env, runtime)
}

/** Releases the old version. */
export const releaseOld = (env: Env, runtime: PhoenixRuntime): Promise<void> =>
  env.mode === 'swap' ? handOver(env, runtime) : keepHot(env, runtime)

const keepHot = async (env: Env, runtime: PhoenixRuntime): Promise<void> => {
  await commitHot(env, runtime)
  // From now on a restart uses the new release.
  await runtime.services.enable(env.project, env.slot)
}
