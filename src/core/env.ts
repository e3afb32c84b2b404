import type { Limits } from './limits.js'
import type { Live, Slot } from './live.js'

/**
 * How the new version takes over. `start`: it is the first version. `noop`: nothing that runs has changed. `hot`: the
 * running node takes over the new code. `swap`: a new instance starts beside the old. `auto`: upgrade_service has not
 * decided yet.
 */
export const modes = ['start', 'auto', 'noop', 'hot', 'swap'] as const
export type Mode = (typeof modes)[number]

/** How the user wants upgrades to be done. */
export interface UpgradeOptions {
  readonly mode: 'auto' | 'hot' | 'swap'
  /** After this many hot upgrades of a running instance the next upgrade is a swap. */
  readonly max_hot_generations: number
  /** Whether a swap stops the old version before it starts the new one, as two of them must not run at once. */
  readonly stop_first: boolean
  /** Whether Gatling may take over a changed or new dependency hot. */
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

/** How a deploy treats the schema of the database. */
export interface SchemaOptions {
  /** When a deploy runs pending migrations: before the new version serves, never, or after the switch. */
  readonly migrate: 'auto' | 'off' | 'after'
  /** How long the migrations may take, in ms. */
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
  /** By how many percentage points the share of errors may rise after an upgrade. */
  readonly errors: number
  /** How many times longer than before half of the answers may take after an upgrade; 0: no limit. */
  readonly slower: number
}

/**
 * All that is known about one deploy. Gatling computes it once and gives it to every step and hook. The first 23 fields
 * are those of the original's `%Gatling.Env{}`, in its spelling.
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
  /** The folder that keeps the new release for a while if the deploy fails. */
  readonly failed_dir: string
  /** `version:` of mix.exs. */
  readonly version: string

  /** The list of steps, such as `deploy` or `upgrade`. */
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
  /** The live commit; null on the first deploy. */
  readonly previous_revision: string | null
  readonly branch: string
  readonly mode: Mode
  /** The person who pushed. */
  readonly pusher: string
  /** The first line of the commit's message. */
  readonly subject: string
  readonly slot: Slot
  /** The name of its Erlang node. */
  readonly node_name: string
  /** Where the app answers. */
  readonly url: string
  /** The live version; null on the first deploy. */
  readonly live: Live | null
  readonly timing: Timing
  readonly upgrade_options: UpgradeOptions
  readonly schema_options: SchemaOptions
  /** The migrations that this deploy has run, or this rollback takes back; none before the step that finds them. */
  readonly migrations: readonly Migration[]
  /**
   * When this deploy changed the schema, in epoch ms. From then on it is not the schema that the live version was made
   * for. null: it has not changed.
   */
  readonly schema_changed_at: number | null
  /**
   * The release whose config values the new version gets. That is its own release, except with `rollback --code-only`.
   */
  readonly config_release: number
  /** Whether the old and the new version are in one cluster while both run. */
  readonly cluster_mixed: boolean
  /** What an instance may use of the machine. */
  readonly limits: Limits
  /** What builds and hooks may use of the machine. */
  readonly build_limits: Limits
  /** The app's own nginx.conf; null: Gatling writes its site. */
  readonly nginx_conf: string | null
  /** The largest request body that the proxy passes to the app, like `10M`. */
  readonly max_body: string
  /** The folder of digested static files for the proxy; null: only the app serves them. */
  readonly public_dir: string | null
  /** How the deploy ended; null until then. Only `on_error_<step>`, `on_error` and `finally` see a value. */
  readonly outcome: 'ok' | 'failed' | 'cancelled' | null
  /** Why the deploy failed; null: it has not failed. */
  readonly error: Failure | null
}

/** The part of a deploy that names its two releases and its options. */
export type Way = Pick<
  Env,
  | 'task'
  | 'project'
  | 'slot'
  | 'release'
  | 'revision'
  | 'release_name'
  | 'own_apps'
  | 'deploy_dir'
  | 'upgrade_dir'
  | 'live'
  | 'available_port'
  | 'config_release'
  | 'schema_options'
  | 'upgrade_options'
>

/** The error that a deploy failed with. */
export interface Failure {
  /** As in the error reference. */
  readonly code: string
  readonly message: string
  /** What to do next. */
  readonly hint: string
  /** null: the deploy failed between two steps. */
  readonly step: string | null
}

export type Task = 'deploy' | 'upgrade' | 'rollback' | 'plan' | 'unload'

/** The tasks that a user can request. A `push` becomes a deploy or an upgrade when its turn comes. */
export const askedTasks = ['push', 'deploy', 'upgrade', 'rollback', 'plan', 'unload'] as const
export type AskedTask = (typeof askedTasks)[number]

/** Tells whether a task makes a release that can go live. A plan makes a release only to look at it. */
export const isBuild = (task: AskedTask): boolean => ['push', 'deploy', 'upgrade'].includes(task)

/** Tells whether a release is live after this task. */
export const makesLive = (task: AskedTask): boolean => task !== 'plan' && task !== 'unload'
