import type { Meeting } from './cluster.js'
import type { Env, SchemaOptions, Task } from './env.js'
import type { Host } from './host.js'
import type { Slot } from './live.js'
import type { Looks } from './looks.js'
import type { Runtime } from './runtime.js'
import type { Pipeline } from './step.js'

/** A checkout of an app, and what it is built with. */
export interface Workshop {
  readonly home: string
  readonly project: string
  /** The checkout. */
  readonly buildDir: string
  /** A folder in which a stack can keep what it found out, for the next deploy. */
  readonly cacheDir: string
  /** The environment of builds and hooks. */
  readonly environment: NodeJS.ProcessEnv
  readonly host: Host
  readonly signal: AbortSignal
  readonly settings: StackSettings
  /** A folder for files that must be separate from those of a deploy. Without it they are kept with the app. */
  readonly scratch?: string
}

/** The settings of gatling.toml for a stack. */
export interface StackSettings {
  readonly release: string | null
  readonly app: { readonly stack: string | null; readonly folder: string | null }
  readonly build: { readonly path: string | null; readonly command: string | null }
}

/** What an app says about itself, as `env` has it. */
export type Facts = Pick<
  Env,
  'version' | 'release_name' | 'mix_releases' | 'own_apps' | 'available_tasks' | 'built_release_path'
>

/** What is known about a release on disk. */
type KnownRelease = Pick<Facts, 'version' | 'release_name' | 'own_apps'>

/** The programs that a build needs. */
interface Tools {
  /** An environment with these programs first on its PATH. */
  readonly environment: NodeJS.ProcessEnv
  /** @throws GatlingError if one of the programs is missing. */
  refuseAbsent(): Promise<void>
}

/** A program that uses the terminal. */
export interface Attached {
  readonly argv: readonly [string, ...string[]]
  /** Added to the environment of the caller. */
  readonly env: NodeJS.ProcessEnv
}

/** An instance, and what it needs to start. */
export interface Placement {
  readonly project: string
  readonly slot: Slot
  /** Where `web` listens. */
  readonly port: number
  /** A port for what is not for visitors. */
  readonly innerPort: number
  /** How it meets the app's other instances; null: it is not for other machines. */
  readonly meeting: Meeting | null
  readonly deployDir: string
  /** Its HOME. */
  readonly homeDir: string
  readonly revision: string
  readonly hostName: string
  /** The secret by which its processes know each other. It stays the same in every deploy. */
  readonly secret: string
}

type Variables = Readonly<Record<string, string>>

/** A file that an instance reads when it starts, and that no other user can read. */
export interface SecretFile {
  readonly path: string
  readonly text: string
}

/** The rules of a kind of app for its config values. */
export interface ValueRules {
  /** Makes up the secret values that every app of this kind needs. */
  made(): Record<string, string>
  /** Tells whether Gatling sets this variable itself. */
  isReserved(name: string): boolean
  /** Returns public default values, for names that nobody has set. @param data the folder for the app's data. */
  defaults(project: string, data: string): Record<string, string>
}

/** How an instance starts, by `bin/<release_name> start` in its release, and what a running instance offers. */
export interface Running {
  readonly values: ValueRules
  /** The default values that name a file which a server backs up every day. */
  readonly backedUp: readonly string[]
  /**
   * Makes the environment of an instance. Every instance gets GATLING_REVISION and GATLING_INSTANCE besides, and nothing else.
   * @param values the app's config values; @param path its PATH.
   */
  environment(placement: Placement, values: Variables, path: string): Record<string, string>
  /** Returns the secret file that an instance needs; null: it needs none. */
  file(placement: Placement): SecretFile | null
  /** Reads from an instance's variables the ports that are not for visitors. */
  ownPorts(variables: Variables): readonly number[]
  /**
   * Returns the command of a console in an instance.
   * @param app `terminal`: its kind, if it can edit lines; null: the console evaluates its input.
   */
  console(app: {
    readonly home: string
    readonly project: string
    /** The environment of the instance's process. */
    readonly environment: Variables
    readonly terminal: string | null
  }): Attached
  /** Makes the environment of a program that runs beside an instance, from the instance's. */
  beside(environment: Variables): Record<string, string>
}

/** One kind of app: how Gatling recognises it, what a push does with it, and how it runs. */
export interface Stack {
  /** As `[app] stack` in gatling.toml names it. */
  readonly name: string
  /** Recognises a checkout. @returns by what, like `a mix.exs`; null: it is not an app of this kind. */
  detect(buildDir: string, settings: StackSettings): string | null
  /** Returns the name that a checkout gives its app; null: none. */
  nameOf(buildDir: string): string | null
  /** The processes of an instance, `web` first; none: the proxy serves files. */
  readonly processes: readonly string[]
  /** How an instance runs; null: an app of this kind has no processes. */
  readonly running: Running | null
  /** Answers for a person who looks at the app. */
  readonly looks: Looks
  readonly lists: Readonly<Record<Task, Pipeline>>
  /** Returns the list of a task for the app's settings. @param fleet whether the app is on other machines, too. */
  stepsOf(task: Task, migrate: SchemaOptions['migrate'], fleet: boolean): Pipeline
  /** The steps by which another machine of a fleet takes part in a deploy. */
  readonly follows: Pipeline
  tools(workshop: Omit<Workshop, 'host'>): Tools
  /** Removes from the checkout what would make the build fail. @returns why; null: nothing was removed. */
  discard(buildDir: string): string | null
  /** Reads the facts from the checkout. @throws GatlingError if they are wrong. */
  facts(workshop: Workshop): Promise<Facts>
  /**
   * Returns facts for a checkout that cannot be read.
   * @param release what is known of the target release; null: nothing.
   */
  assumed(workshop: Omit<Workshop, 'host'>, release: KnownRelease | null): Facts
  /** Returns the names of the config values that a checkout reads. */
  wanted(buildDir: string): readonly string[]
  /** Refuses, before the build, an app that could not start. @param values the app's config values. */
  refuse(env: Env, runtime: Runtime, values: Readonly<Record<string, string>>): Promise<void>
  /** Adds to the runtime what only the steps of this stack use. */
  equip(runtime: Runtime, workshop: Omit<Workshop, 'host'>): Runtime
}

/** Returns the steps whose hooks are in `upgrade.*`: all that can happen to a deployed app. */
export const stepsAfterFirst = ({ lists }: Pick<Stack, 'lists'>): Pipeline => [
  ...new Set([...lists.upgrade, ...lists.rollback]),
]

/** Returns the steps whose hooks are in `deploy.*`. */
export const stepsOfFirst = ({ lists }: Pick<Stack, 'lists'>): Pipeline => [...lists.deploy, ...lists.unload]
