import type { EventBody } from '../core/event.js'
import type { Runtime } from '../core/runtime.js'
import { localHost } from '../hosts/local.js'
import { forgetApp } from '../state/apps.js'
import { homePaths } from '../state/paths.js'
import { controlClient } from './control.js'

export interface RuntimeOptions {
  readonly home: string
  readonly environment: NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  /** Embedded mode does not run, so no app does: there is nothing to stop and nothing to route. */
  readonly offline: boolean
}

/** The runtime of a machine without systemd, nginx and root: `gatling serve` runs and answers for the apps. */
export const embeddedRuntime = (options: RuntimeOptions): Runtime => {
  const { home, environment, emit, signal, offline } = options
  const online = controlClient(homePaths(home).socket, home)
  const services = offline
    ? { ...online.services, list: async () => [], uninstall: async () => {} }
    : online.services
  const proxy = offline ? { ...online.proxy, remove: async () => {} } : online.proxy
  return {
    host: localHost({ environment, emit, signal }),
    services,
    proxy,
    note: text => emit({ type: 'note', text }),
    forget: async project => forgetApp(home, project),
  }
}

/** Holds an app in embedded mode for one deploy; when the deploy dies, embedded mode puts things right at once. */
export const leaseApp = (home: string, project: string): Promise<() => void> =>
  controlClient(homePaths(home).socket, home).lease(project)
