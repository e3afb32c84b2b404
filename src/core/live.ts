import type { Limits } from './limits.js'

/** The version that serves before this deploy. */
export interface Live {
  readonly release: number
  readonly revision: string
  readonly version: string
  readonly slot: Slot
  readonly port: number
  /** The processes of its instance, `web` first; none: the proxy serves files. */
  readonly processes: readonly string[]
  readonly domains: readonly string[]
  /** The app's own nginx.conf, as it is in force; null: there is none. */
  readonly nginx_conf: string | null
  /** The release whose config values it runs with: its own, but after a rollback of the code alone. */
  readonly config: number
  /** The rollback that took the config values back with it; 0: none has. */
  readonly config_back: number
  /** In ms. */
  readonly drain_timeout: number
  readonly limits: Limits
  readonly build_limits: Limits
  readonly max_body: string
  /** ISO 8601. */
  readonly since: string
}

/** Two places to run an app in: the new version starts in the one that is free. */
export type Slot = 'a' | 'b'
