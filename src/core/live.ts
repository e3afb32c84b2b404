import type { Limits } from './limits.js'

/** The live version, as the state records it. */
export interface Live {
  readonly release: number
  readonly revision: string
  readonly version: string
  readonly slot: Slot
  readonly port: number
  /** The processes of its instance, `web` first; none: the proxy serves files. */
  readonly processes: readonly string[]
  readonly domains: readonly string[]
  /** The app's own nginx.conf, as nginx uses it; null: there is none. */
  readonly nginx_conf: string | null
  /**
   * The release whose config values it runs with. That is its own release, except after a rollback of the code alone.
   */
  readonly config: number
  /** The number of the rollback that also restored the config values; 0: none did. */
  readonly config_back: number
  /** In ms. */
  readonly drain_timeout: number
  readonly limits: Limits
  readonly build_limits: Limits
  readonly max_body: string
  /** ISO 8601. */
  readonly since: string
}

/** One of two places to run an app in. The new version starts in the free slot. */
export type Slot = 'a' | 'b'
