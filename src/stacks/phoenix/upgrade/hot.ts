import { complaintOf } from '../../../core/complaint.js'
import type { Env } from '../../../core/env.js'
import type { Plan } from '../../../core/plan.js'
import type { Answers } from '../../../core/proxy.js'
import { diedSoon, unhealthyUpgrade } from '../../../upgrade/errors.js'
import { canEndEarly } from '../../../upgrade/evidence.js'
import { type Inside, lookEveryMs, nothing, watch } from '../../../upgrade/watch.js'
import type { Finding, Watched } from './engine.js'
import { migrationFailed } from './errors.js'
import { changeOf, lookBack } from './plan.js'
import { reasonOf } from './reasons.js'
import type { PhoenixRuntime } from './runtime.js'

/** The number of crashes in changed code that reverts an upgrade. Fewer can have old causes. */
const tooManyCrashes = 3

/**
 * Makes the running node run the new release.
 * @returns why the node refused, in which case it is as it was.
 * @throws GatlingError MIGRATION_FAILED if the app's own code_change failed. A swap would throw away the state that it
 * was written for.
 */
export const installHot = async (
  { mode }: Pick<Plan, 'mode'>,
  env: Env,
  { engine, note }: PhoenixRuntime,
): Promise<readonly Finding[]> => {
  const installed = await engine.install(changeOf(env))
  const failed = installed.findings.find(({ code }) => code === 'migration_failed')
  if (failed) throw migrationFailed(env, failed.what, failed.detail)
  if (!installed.ok) return installed.findings
  if (mode === 'hot')
    note(
      `the new code runs after ${ms(installed.tookMs)}, of which processes were paused for ${ms(installed.pausedMs)}`,
    )
  return []
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

/**
 * Watches the app after its code was replaced. In addition to the usual watch it looks at supervised processes, and at
 * crashes in changed code.
 * @throws GatlingError UNHEALTHY_UPGRADE, DIED_SOON, ERRORS_ROSE or ANSWERS_SLOWED.
 */
export const watchHot = async (env: Env, runtime: PhoenixRuntime, before: Answers): Promise<void> => {
  const { watch: ms } = env.upgrade_options
  runtime.note(`watching it for ${ms / 1_000} s${canEndEarly(ms) ? ' at most' : ''}`)
  await watchNode(env, runtime, ms, before)
}

/**
 * Looks at the app once more. A node that died meanwhile was restarted from the old release.
 * @throws GatlingError as {@link watchHot}.
 */
export const lookHot = (env: Env, runtime: PhoenixRuntime): Promise<void> =>
  watchNode(env, runtime, 0, nothing)

const watchNode = async (env: Env, runtime: PhoenixRuntime, ms: number, before: Answers): Promise<void> => {
  const { slot } = changeOf(env)
  const place = { ...env, slot, available_port: env.live?.port ?? env.available_port }
  const inside = async (): Promise<Inside> => {
    const { restarted, crashes, processes, migrated } = await watched(env, runtime)
    if (restarted.length > 0)
      throw unhealthyUpgrade(env, `${restarted.join(', ')} died and was started again`, crashes)
    if (crashes.length >= tooManyCrashes)
      throw unhealthyUpgrade(env, 'requests crash in the code that changed', crashes)
    return { crashes: crashes.length, processes, migrated }
  }
  const meanwhile = ms === 0 ? undefined : lookBack(env, runtime)
  await watch(place, runtime, { ms, before, inside, meanwhile })
}

/** Asks the node what the watch found. A node that died or restarted itself knows no upgrade. */
const watched = async (env: Env, { engine, services }: PhoenixRuntime): Promise<Watched> => {
  const change = changeOf(env)
  try {
    return await engine.watch(change)
  } catch {
    const exit = await services.exited(change.project, change.slot, lookEveryMs)
    throw exit
      ? diedSoon(env, exit.reason, complaintOf(exit.lastLines, env.own_apps))
      : unhealthyUpgrade(env, 'the app no longer answered Gatling, or had restarted itself', [])
  }
}

/** Brings back the old code. @returns false: that cannot be done exactly. */
export const revertHot = async (env: Env, { engine, note }: PhoenixRuntime): Promise<boolean> => {
  const stuck = await engine.revert(changeOf(env))
  note(
    stuck.length === 0
      ? 'the old code runs again, with the state it had'
      : `Gatling cannot bring the old code back in the running app: ${stuck.map(({ what }) => what).join(', ')}`,
  )
  return stuck.length === 0
}

/** Removes the old code. */
export const commitHot = async (env: Env, { engine, note }: PhoenixRuntime): Promise<void> => {
  for (const finding of await engine.commit(changeOf(env))) {
    note(`${reasonOf(finding.code).say(finding)}; the next upgrade that changes it will be a swap`)
  }
}
