import type { Endpoint } from './endpoint.js'
import type { Limits } from './limits.js'
import type { Live, Slot } from './live.js'

/** The processes of an instance, by name. `web` answers requests. */
export interface Processes {
  readonly web: Endpoint
}

/** What makes a running instance of an app. */
export interface Instance {
  readonly project: string
  readonly slot: Slot
  /** The one it was started from; a hot upgrade does not change that. */
  readonly release: number
  readonly processes: Processes
  /** The release whose config values it is given; else its own. */
  readonly config?: number | undefined
}

/** An instance as the service manager sees it. */
export interface ServiceStatus extends Instance {
  /** null while it is down, waiting to be started again. */
  readonly pid: number | null
  readonly state: 'running' | 'restarting' | 'crash-looping' | 'stopping'
  /** Times it was started again since it was first started. */
  readonly restarts: number
  /** Whether lack of memory ended it last, as far as is known. */
  readonly outOfMemory: boolean
  /** ISO 8601, of the last start. */
  readonly since: string
}

/** How an instance ended, with the last lines it wrote. */
export interface Exit {
  readonly reason: string
  readonly lastLines: readonly string[]
}

/** What the service manager must know about an app. */
export interface ServiceDefinition {
  readonly project: string
  /** How long an instance has to stop, in ms. */
  readonly drainMs: number
  readonly limits: Limits
  /** What its builds and hooks may use. */
  readonly build: Limits
}

/** What the version that serves has said of itself. */
export const definitionOf = (project: string, live: Live): ServiceDefinition => ({
  project,
  drainMs: live.drain_timeout,
  limits: live.limits,
  build: live.build_limits,
})

/** Runs apps: systemd on a server, our own supervisor in embedded mode. */
export interface ServiceManager {
  /** Makes an app known, or changes what is known about it. */
  install(definition: ServiceDefinition): Promise<void>
  /** The opposite of `install`. */
  uninstall(project: string): Promise<void>
  /** Where the processes of an instance in this slot will listen. */
  processes(project: string, slot: Slot): Promise<Processes>
  /** Starts an instance; it is not started again when it dies, until it is enabled. */
  start(instance: Instance): Promise<void>
  /** From now on this instance is started again when it dies. */
  enable(project: string, slot: Slot): Promise<void>
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. Nothing happens when it does not run. */
  stop(project: string, slot: Slot, graceMs: number): Promise<void>
  /** Resolves when an instance dies by itself, or to null when `timeoutMs` is over first. */
  exited(project: string, slot: Slot, timeoutMs: number): Promise<Exit | null>
  /** The environment of an instance's process, with what its own start script added; none when it does not run. */
  environment(project: string, slot: Slot): Promise<Readonly<Record<string, string>>>
  /** The environment that an instance would be started with. */
  variables(instance: Instance): Promise<Readonly<Record<string, string>>>
  /**
   * The names of the variables that a start of this release in the place of an instance would set otherwise, with the
   * config values kept for the release `config`.
   */
  outdated(project: string, slot: Slot, release: number, config: number): Promise<readonly string[]>
  /** How many connections an instance has open at `web`. */
  connections(project: string, slot: Slot): Promise<number>
  /** How many bytes of memory the processes of an instance have; 0: it does not run. */
  memory(project: string, slot: Slot): Promise<number>
  /** TCP ports an instance listens on. */
  listening(project: string, slot: Slot): Promise<readonly number[]>
  /** The last lines an instance wrote. */
  lastLines(project: string, slot: Slot): Promise<readonly string[]>
  /** Every instance of an app, or of all. */
  list(project?: string): Promise<readonly ServiceStatus[]>
}
