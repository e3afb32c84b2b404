import type { EventBody, PlannedStep } from '../core/event.js'
import type { RestorePoints } from '../core/restore-points.js'
import type { Runtime } from '../core/runtime.js'
import { localHost } from '../hosts/local.js'
import { spawnDetached } from '../hosts/process.js'
import { type KeeperClient, keeperClient } from '../keeper/client.js'
import { valueRules } from '../stacks/stacks.js'
import { commitLive, forgetApp, neededConfigs, withdrawLive } from '../state/apps.js'
import { takeValues, type Values } from '../state/config.js'
import { setDefaults } from '../state/default-values.js'
import { appPaths } from '../state/paths.js'
import { isServerHome } from '../state/server.js'
import { doorClosed, notServing } from './errors.js'

export interface RuntimeOptions {
  readonly home: string
  readonly project: string
  /** What an upgrade of the app does, to be told with its plan. */
  readonly steps: readonly PlannedStep[]
  readonly environment: NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  /** Nobody runs the app: there is nothing to stop and nothing to route. */
  readonly offline: boolean
}

/** The keeper of an app: embedded mode, or on a server root, behind a socket of the app's own. */
export const keeperOf = (home: string, project: string): KeeperClient =>
  keeperClient(appPaths(home, project).control, () =>
    isServerHome(home) ? doorClosed(project) : notServing(home),
  )

/** Embedded mode makes no databases that could have any. */
const noPoints: RestorePoints = { mark: async () => false, list: async () => null }

/** What a deploy works with. It runs as the app's own user; what that user cannot do, the keeper does. */
export const runtimeOf = (options: RuntimeOptions): Runtime => {
  const { home, project, steps, environment, emit, signal, offline } = options
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
    points: isServerHome(home) ? { mark: keeper.apps.mark, list: keeper.apps.points } : noPoints,
    note: text => emit({ type: 'note', text }),
    compared: (before, after) => emit({ type: 'traffic', before, after }),
    planned: plan => emit({ type: 'plan', plan, steps }),
    moved: (name, live) => commitLive(home, name, live),
    withdrawn: name => withdrawLive(home, name),
    forget: async name => {
      // First, so that whatever ends this has root remove the rest.
      if (isServerHome(home)) await keeper.apps.forget(name)
      forgetApp(home, name)
    },
  }
}

/** Holds an app for one deploy; when the deploy dies, its keeper puts things right at once. */
export const leaseApp = (home: string, project: string, run: number): Promise<() => void> =>
  keeperOf(home, project).lease(project, run)

/**
 * An app's config values of now, which are kept for the release `keep`; null: for none. What a process of a server was
 * started with may be older.
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

/** Starts the process that carries out a run; it outlives the caller. @returns its pid. */
export const launchRun = (home: string, project: string, run: number, cli: string): Promise<number> => {
  if (isServerHome(home)) return keeperOf(home, project).apps.perform(project, run)
  // A deploy that a hook asks for does not end with the deploy of that hook.
  const { GATLING_RUN: _mark, ...environment } = process.env
  return spawnDetached([process.execPath, cli, 'perform', project, String(run)], {
    ...environment,
    GATLING_HOME: home,
  })
}
