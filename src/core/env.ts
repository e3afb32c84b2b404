import type { Limits } from './limits.js'
import type { Live, Slot } from './live.js'

/**
 * How the new version takes over. `start` is the first time, `noop` if nothing that runs has changed. `hot` is in the running
 * node, `swap` by a new instance beside the old. It is `auto` until upgrade_service has decided.
 */
export const modes = ['start', 'auto', 'noop', 'hot', 'swap'] as const
export type Mode = (typeof modes)[number]

/** How upgrades are done, as asked for. */
export interface UpgradeOptions {
  readonly mode: 'auto' | 'hot' | 'swap'
  /** After so many hot upgrades of a running instance the next is a swap. */
  readonly max_hot_generations: number
  /** Whether a swap stops the old version before it starts the new one, as two of them must not run at once. */
  readonly stop_first: boolean
  /** Whether a changed or new dependency may be taken over hot. */
  readonly dependencies: 'swap' | 'hot'
  /** How long a hot upgrade is watched at most before it is final, in ms. */
  readonly watch: number
  /** Whether open LiveViews are rendered again. */
  readonly refresh_views: boolean
}

/** One change of a database's schema, as Ecto knows it. */
export interface Migration {
  readonly repo: string
  /** A timestamp, by which migrations are ordered. */
  readonly version: string
  readonly name: string
}

/** How the database's schema is taken along. */
export interface SchemaOptions {
  /** When a deploy runs what is pending: before the new version serves, never, or after it does. */
  readonly migrate: 'auto' | 'off' | 'after'
  /** How long that may take, in ms. */
  readonly timeout: number
  /**
   * What a rollback does about migrations that the older release does not have. `restored`: its config values name a
   * database of an earlier time, which must have its schema.
   */
  readonly back: 'refuse' | 'keep' | 'down' | 'restored'
}

/** How an app is watched over, and its durations, in ms. */
export interface Timing {
  readonly health_path: string
  readonly health_timeout: number
  /** How long a new instance is watched at most. */
  readonly watch: number
  readonly drain_timeout: number
  /** By how many percent more of the answers may be errors after an upgrade than before. */
  readonly errors: number
  /** How many times longer half of the answers may take after an upgrade than before; 0: no limit. */
  readonly slower: number
}

/**
 * All there is to know about one deploy, computed once and given to every step and hook.
 * The first 23 fields are those of the original's `%Gatling.Env{}`, in its spelling.
 */
export interface Env {
  /** The port the new version listens on. */
  readonly available_port: number
  /** Mix tasks and aliases of the app; read afresh each time, because `mix_compile` adds to them. */
  readonly available_tasks: readonly string[]
  /** The checkout: `deps` and `_build` are kept in it between deploys. */
  readonly build_dir: string
  /** The release as `mix release` leaves it, inside the checkout. */
  readonly built_release_path: string
  readonly deploy_callback_module: string | null
  /** Everything that runs: `releases/` and `current`. */
  readonly deploy_dir: string
  /** Where the first deploy puts its release. */
  readonly deploy_path: string
  /** The `domains` file, separated by spaces. */
  readonly domains: string
  /** Where services are defined. */
  readonly etc_dir: string
  /** This app's service definition. */
  readonly etc_path: string
  readonly git_hook_path: string
  readonly nginx_available_path: string
  /** Where sites are defined. */
  readonly nginx_dir: string
  readonly nginx_enabled_path: string
  /** The text of this app's site. */
  readonly nginx_template: string
  readonly project: string
  /** `rel/`: the app's own release templates, where it has them. */
  readonly release_config_path: string
  /** The numbers of the releases kept on this machine, oldest first. */
  readonly releases: readonly string[]
  /** The text of this app's service definition. */
  readonly script_template: string
  readonly upgrade_callback_module: string | null
  /** The complete directory of the new release. */
  readonly upgrade_dir: string
  readonly upgrade_path: string
  /** Where the new release is put, for a while, when the deploy fails. */
  readonly failed_dir: string
  /** `version:` of mix.exs. */
  readonly version: string

  /** `deploy` or `upgrade`: which list of steps this is. */
  readonly task: Task
  /** The number of this deploy, and of the release it makes. */
  readonly release: number
  /** The releases mix.exs defines; none for most apps. */
  readonly mix_releases: readonly string[]
  /** The apps of this repository: what is not one of them is a dependency. */
  readonly own_apps: readonly string[]
  /** The mix release: its folder, its script `bin/<release_name>`. */
  readonly release_name: string
  /** The commit being deployed. */
  readonly revision: string
  /** The commit that serves now; null on the first deploy. */
  readonly previous_revision: string | null
  readonly branch: string
  readonly mode: Mode
  /** The person who pushed. */
  readonly pusher: string
  /** The first line of the commit's message. */
  readonly subject: string
  readonly slot: Slot
  /** `<project>_<slot>@127.0.0.1`. */
  readonly node_name: string
  /** Where the app answers. */
  readonly url: string
  /** What serves now; null on the first deploy. */
  readonly live: Live | null
  readonly timing: Timing
  readonly upgrade_options: UpgradeOptions
  readonly schema_options: SchemaOptions
  /** The migrations that this deploy has run, or this rollback takes back; none before the step that finds them. */
  readonly migrations: readonly Migration[]
  /** Since when the schema is not the one that the version that serves was made for, in epoch ms; null: it has not changed. */
  readonly schema_changed_at: number | null
  /** The release whose config values the new version gets: its own, but with `rollback --code-only`. */
  readonly config_release: number
  /** What an instance may use of the machine. */
  readonly limits: Limits
  /** What builds and hooks may use. */
  readonly build_limits: Limits
  /** The app's own nginx.conf; null: Gatling writes its site. */
  readonly nginx_conf: string | null
  /** The largest request body that is let through to the app, like `10M`. */
  readonly max_body: string
  /** Where digested static files are kept for the proxy; null: the app answers for them alone. */
  readonly public_dir: string | null
  /** How the deploy has ended; null until it has: only `on_error_<step>`, `on_error` and `finally` see more. */
  readonly outcome: 'ok' | 'failed' | 'cancelled' | null
  /** Why it failed; null while it has not. */
  readonly error: Failure | null
}

/** What a deploy failed with. */
export interface Failure {
  /** As in the error reference. */
  readonly code: string
  readonly message: string
  /** What to do next. */
  readonly hint: string
  /** null: between two steps. */
  readonly step: string | null
}

export type Task = 'deploy' | 'upgrade' | 'rollback' | 'plan' | 'unload'

/** The tasks that can be asked for. A `push` becomes a deploy or an upgrade when its turn comes. */
export const askedTasks = ['push', 'deploy', 'upgrade', 'rollback', 'plan', 'unload'] as const
export type AskedTask = (typeof askedTasks)[number]

/** Whether it makes a release. A plan makes one only to look at it. */
export const isBuild = (task: AskedTask): boolean => ['push', 'deploy', 'upgrade'].includes(task)

/** Whether a release serves once it is done. */
export const makesLive = (task: AskedTask): boolean => task !== 'plan' && task !== 'unload'
