import type { Endpoint } from './endpoint.js'
import type { Limits } from './limits.js'
import type { Live, Slot } from './live.js'

/** The processes of an instance, by name. `web` answers requests. */
export interface Processes {
  readonly web: Endpoint
}

/** All that a service manager needs to start an instance of an app. */
export interface Instance {
  readonly project: string
  readonly slot: Slot
  /** The release that it was started from. A hot upgrade does not change this. */
  readonly release: number
  readonly processes: Processes
  /** The release whose config values it gets. Without it the instance gets those of its own release. */
  readonly config?: number | undefined
}

/** An instance as the service manager sees it. */
export interface ServiceStatus extends Instance {
  /** null: it is down and waits for a restart. */
  readonly pid: number | null
  readonly state: 'running' | 'restarting' | 'crash-looping' | 'stopping'
  /** How often it was restarted since its first start. */
  readonly restarts: number
  /** Whether it last ended for lack of memory, as far as is known. */
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

/** Returns the definition that the live version recorded. */
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
  /** Reverses `install`. */
  uninstall(project: string): Promise<void>
  /** Returns the addresses at which an instance in this slot will listen. */
  processes(project: string, slot: Slot): Promise<Processes>
  /** Starts an instance. Until it is enabled, it is not restarted when it dies. */
  start(instance: Instance): Promise<void>
  /** Enables the restart of an instance: from now on it is restarted when it dies. */
  enable(project: string, slot: Slot): Promise<void>
  /**
   * Sends SIGTERM, then SIGKILL after `graceMs`, and waits until the instance is gone. Does nothing if it does not run.
   */
  stop(project: string, slot: Slot, graceMs: number): Promise<void>
  /** Waits until an instance dies by itself, at most `timeoutMs`. @returns null: it lives. */
  exited(project: string, slot: Slot, timeoutMs: number): Promise<Exit | null>
  /**
   * Returns the environment of an instance's process, with what its start script added. It is empty if the instance
   * does not run.
   */
  environment(project: string, slot: Slot): Promise<Readonly<Record<string, string>>>
  /** Returns the environment that an instance would be started with. */
  variables(instance: Instance): Promise<Readonly<Record<string, string>>>
  /**
   * Compares an instance with a start of this release in its slot, with the config values kept for the release
   * `config`.
   * @returns the names of the variables that would change.
   */
  outdated(project: string, slot: Slot, release: number, config: number): Promise<readonly string[]>
  /** Counts the open connections of an instance at `web`. */
  connections(project: string, slot: Slot): Promise<number>
  /** Returns how many bytes of memory the processes of an instance have; 0: it does not run. */
  memory(project: string, slot: Slot): Promise<number>
  /** Returns the TCP ports that an instance listens on. */
  listening(project: string, slot: Slot): Promise<readonly number[]>
  /** Returns the last lines that an instance wrote. */
  lastLines(project: string, slot: Slot): Promise<readonly string[]>
  /** Lists every instance of an app, or of all apps. */
  list(project?: string): Promise<readonly ServiceStatus[]>
}
