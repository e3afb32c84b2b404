import type { EventBody, PlannedStep } from '../core/event.js'
import { alone, type Peers } from '../core/peers.js'
import type { RestorePoints } from '../core/restore-points.js'
import type { Runtime } from '../core/runtime.js'
import { localHost } from '../hosts/local.js'
import { valueRules } from '../stacks/stacks.js'
import { commitLive, forgetApp, neededConfigs, withdrawLive } from '../state/apps.js'
import { takeValues, type Values } from '../state/config.js'
import { setDefaults } from '../state/default-values.js'
import { isServerHome } from '../state/server.js'
import { keeperOf } from './keeper.js'

export interface RuntimeOptions {
  readonly home: string
  readonly project: string
  /** The steps of an upgrade of the app, to report with its plan. */
  readonly steps: readonly PlannedStep[]
  readonly environment: NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  /** Whether no keeper runs. Then there is nothing to stop and nothing to route. */
  readonly offline: boolean
  readonly peers?: Peers
}

/** Embedded mode has no restore points. */
const noPoints: RestorePoints = { mark: async () => false, list: async () => null }

/**
 * Returns the runtime of a deploy. The deploy runs as the app's own user, and the keeper does what that user cannot do.
 */
export const runtimeOf = (options: RuntimeOptions): Runtime => {
  const { home, project, steps, environment, emit, signal, offline, peers = alone } = options
  const keeper = keeperOf(home, project)
  const host = localHost({ environment, emit, signal })
  const services = offline
    ? { ...keeper.services, list: async () => [], uninstall: async () => {} }
    : keeper.services
  const proxy = offline ? { ...keeper.proxy, remove: async () => {} } : keeper.proxy
  return {
    host,
    services,
    proxy,
    peers,
    points: isServerHome(home) ? { mark: keeper.apps.mark, list: keeper.apps.points } : noPoints,
    note: text => emit({ type: 'note', text }),
    compared: (before, after) => emit({ type: 'traffic', before, after }),
    planned: plan => emit({ type: 'plan', plan, steps }),
    moved: (name, live) => commitLive(home, name, live),
    withdrawn: name => withdrawLive(home, name),
    forget: async name => {
      // This comes first, so that root removes the rest even if this process is killed.
      if (isServerHome(home)) await keeper.apps.forget(name)
      forgetApp(home, name)
    },
  }
}

/**
 * Returns an app's present config values, and keeps them for the release `keep`; null: for none. The values that a
 * process on a server was started with can be older.
 * @param wanted names that get their default value if they have none.
 */
export const valuesNow = async (
  home: string,
  project: string,
  keep: number | null,
  wanted: readonly string[] = [],
): Promise<Values> => {
  if (isServerHome(home)) return keeperOf(home, project).apps.values(project, keep, [...wanted])
  await setDefaults(home, project, wanted, valueRules)
  return takeValues(home, project, keep, neededConfigs(home, project))
}
