import type { Env, Way } from '../../../core/env.js'
import type { Plan } from '../../../core/plan.js'
import { hotImpossible } from '../../../upgrade/errors.js'
import { decide, type Facts } from './decide.js'
import type { Change, NodeCheck, Preview } from './engine.js'
import { releaseBroken } from './errors.js'
import type { PhoenixRuntime } from './runtime.js'

/**
 * Finds out how the running version can be taken to the new release. It changes nothing.
 * @throws GatlingError RELEASE_BROKEN if no instance could load the release, HOT_IMPOSSIBLE if the user accepts only a
 * hot upgrade.
 */
export const planUpgrade = async (env: Env, runtime: PhoenixRuntime): Promise<Plan> => {
  const { engine, services } = runtime
  const { mode } = env.upgrade_options
  if (mode === 'swap') return swapAsked
  const change = changeOf(env)
  const [comparison, environment] = await Promise.all([
    engine.compare(change),
    services.outdated(change.project, change.slot, env.release, env.config_release),
  ])
  const preview = comparison.preview ? await engine.preview(change) : noDifference
  refuseBroken(comparison)
  const node = hasAnotherVm(comparison) ? nothingAgainst : await engine.check(change)
  return decided(env, { comparison, preview, node, environment })
}

/**
 * Foresees the plan only from the two releases on disk. It does not ask the running node, and evaluates nothing.
 * @throws GatlingError as {@link planUpgrade}.
 */
export const foreseePlan = async (way: Way, { engine, services }: PhoenixRuntime): Promise<Plan> => {
  if (way.upgrade_options.mode === 'swap') return swapAsked
  const change = changeOf(way)
  const [comparison, environment] = await Promise.all([
    engine.prepare(change),
    services.outdated(change.project, change.slot, way.release, way.config_release),
  ])
  refuseBroken(comparison)
  const preview = { ...noDifference, known: comparison.supervisors }
  return decided(way, { comparison, preview, node: nothingAgainst, environment })
}

const refuseBroken = ({ findings }: Facts['comparison']): void => {
  const broken = findings.find(({ code }) => code === 'broken')
  if (broken) throw releaseBroken(broken.what, broken.detail)
}

/** Tells whether the node runs another Erlang than the machine. Then it cannot load the engine. */
const hasAnotherVm = ({ findings }: Facts['comparison']): boolean =>
  findings.some(({ code }) => code === 'erts_changed' || code === 'erts_elsewhere')

const decided = (way: Way, facts: Omit<Facts, 'asked' | 'maxGenerations'>): Plan => {
  const { mode, max_hot_generations: maxGenerations } = way.upgrade_options
  const plan = decide({ ...facts, asked: mode === 'hot' ? 'hot' : 'auto', maxGenerations })
  if (mode === 'hot' && plan.mode === 'swap')
    throw hotImpossible(
      way,
      plan.reasons.map(({ text }) => text),
    )
  return plan
}

const nothingAgainst: NodeCheck = { findings: [], processes: [], generation: 0, pending: false, otp: '' }

/** A preview without differences. */
const noDifference: Preview = { config: [], supervisors: [], known: [], unknown: [] }

/** The plan of a swap that somebody asked for. */
export const swapAsked: Plan = {
  mode: 'swap',
  reasons: [{ code: 'asked', text: 'a swap was asked for' }],
  modules: { added: [], changed: [], removed: [] },
  migrations: [],
  children: { started: [], stopped: [] },
  config: [],
}

/** Returns the hot upgrade to do in the running node. */
export const changeOf = (env: Way): Change => {
  if (!env.live) throw new Error('nothing runs yet')
  return {
    project: env.project,
    slot: env.live.slot,
    releaseName: env.release_name,
    from: `${env.deploy_dir}/releases/${env.live.release}`,
    to: env.upgrade_dir,
    release: env.release,
    revision: env.revision,
    current: `${env.deploy_dir}/current`,
    own: env.own_apps,
    direction: directionOf(env.live.release, env.release),
    dependencies: env.upgrade_options.dependencies,
    refreshViews: env.upgrade_options.refresh_views,
  }
}

const directionOf = (from: number, to: number): Change['direction'] => (to < from ? 'down' : 'up')

/** Compares the releases for the way back during the watch. A person who rolls back is in a hurry. */
export const lookBack = async (env: Env, { engine }: PhoenixRuntime): Promise<void> => {
  if (!env.live || env.upgrade_options.mode === 'swap') return
  const { from, to, ...change } = changeOf(env)
  const { release, revision } = env.live
  const direction = directionOf(env.release, release)
  try {
    await engine.prepare({ ...change, from: to, to: from, release, revision, direction })
  } catch {
    // Then the rollback compares them.
  }
}
