import type { EventBody, PlannedStep } from '../core/event.js'
import type { Runtime } from '../core/runtime.js'
import { erlangEngine } from '../engines/erlang.js'
import { localHost } from '../hosts/local.js'
import { commitLive, forgetApp } from '../state/apps.js'
import { ownerOf } from '../state/owner.js'
import { appPaths, homePaths } from '../state/paths.js'
import { controlClient } from './control.js'

export interface RuntimeOptions {
  readonly home: string
  readonly project: string
  /** What an upgrade of the app does, to be told with its plan. */
  readonly steps: readonly PlannedStep[]
  readonly environment: NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  /** Embedded mode does not run, so no app does: there is nothing to stop and nothing to route. */
  readonly offline: boolean
}

/** The runtime of a machine without systemd, nginx and root: `gatling serve` runs and answers for the apps. */
export const embeddedRuntime = (options: RuntimeOptions): Runtime => {
  const { home, project, steps, environment, emit, signal, offline } = options
  const { socket, engines } = homePaths(home)
  const online = controlClient(socket, home)
  const host = localHost({ environment, emit, signal })
  const services = offline
    ? { ...online.services, list: async () => [], uninstall: async () => {} }
    : online.services
  const proxy = offline ? { ...online.proxy, remove: async () => {} } : online.proxy
  return {
    host,
    services,
    proxy,
    engine: erlangEngine({
      host,
      services,
      engines,
      work: appPaths(home, project).engine,
      owner: ownerOf(process.pid),
    }),
    note: text => emit({ type: 'note', text }),
    planned: plan => emit({ type: 'plan', plan, steps }),
    moved: (name, live) => commitLive(home, name, live),
    forget: async project => forgetApp(home, project),
  }
}

/** Holds an app in embedded mode for one deploy; when the deploy dies, embedded mode puts things right at once. */
export const leaseApp = (home: string, project: string): Promise<() => void> =>
  controlClient(homePaths(home).socket, home).lease(project)
