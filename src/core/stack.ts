import type { Env, SchemaOptions, Task } from './env.js'
import type { Host } from './host.js'
import type { Slot } from './live.js'
import type { Runtime } from './runtime.js'
import type { Pipeline } from './step.js'

/** A checkout of an app, and what it is built with. */
export interface Workshop {
  readonly home: string
  readonly project: string
  /** The checkout. */
  readonly buildDir: string
  /** Where a stack can keep for the next deploy what it has found out. */
  readonly cacheDir: string
  /** The environment of builds and hooks. */
  readonly environment: NodeJS.ProcessEnv
  readonly host: Host
  readonly signal: AbortSignal
  readonly settings: StackSettings
}

/** What gatling.toml says to a stack. */
export interface StackSettings {
  readonly release: string | null
  readonly app: { readonly stack: string | null; readonly folder: string | null }
  readonly build: { readonly path: string | null; readonly command: string | null }
}

/** What an app says of itself, as `env` has it. */
export type Facts = Pick<
  Env,
  'version' | 'release_name' | 'mix_releases' | 'own_apps' | 'available_tasks' | 'built_release_path'
>

/** What is known of a release that is on disk. */
type KnownRelease = Pick<Facts, 'version' | 'release_name' | 'own_apps'>

/** The programs that a build needs. */
interface Tools {
  /** With these programs first on its PATH. */
  readonly environment: NodeJS.ProcessEnv
  /** @throws GatlingError when one of them is not there. */
  refuseAbsent(): Promise<void>
}

/** A program that gets the terminal. */
export interface Attached {
  readonly argv: readonly [string, ...string[]]
  /** Laid over the environment of the caller. */
  readonly env: NodeJS.ProcessEnv
}

/** An instance, and what it is started with. */
export interface Placement {
  readonly project: string
  readonly slot: Slot
  /** Where `web` listens. */
  readonly port: number
  /** Where it can listen for what is not for visitors. */
  readonly innerPort: number
  readonly deployDir: string
  /** Its HOME. */
  readonly homeDir: string
  readonly revision: string
  readonly hostName: string
  /** What its processes know each other by; it outlives every deploy. */
  readonly secret: string
}

type Variables = Readonly<Record<string, string>>

/** What a kind of app wants of the config values of an app. */
export interface ValueRules {
  /** Secret values that it cannot be without, made up. */
  made(): Record<string, string>
  /** Whether Gatling sets this variable itself. */
  isReserved(name: string): boolean
  /** Public values for an app that needs them, where nobody has set them. @param data the folder of what it keeps. */
  defaults(project: string, data: string): Record<string, string>
}

/** How an instance is started, by `bin/<release_name> start` in its release, and what can be done with one that runs. */
export interface Running {
  readonly values: ValueRules
  /** The environment of an instance, made from nothing else. @param values the app's config values; @param path its PATH. */
  environment(placement: Placement, values: Variables, path: string): Record<string, string>
  /** Files that it reads when it starts, with their modes. */
  files(
    placement: Placement,
  ): readonly { readonly path: string; readonly text: string; readonly mode: number }[]
  /** The ports, told from its variables, where it listens for no visitors. */
  ownPorts(variables: Variables): readonly number[]
  /** A console in it. @param app `terminal`: its kind, if it can edit lines; null: input is evaluated. */
  console(app: {
    readonly home: string
    readonly project: string
    /** The environment of the instance's process. */
    readonly environment: Variables
    readonly terminal: string | null
  }): Attached
  /** The environment of a program that runs beside an instance, made from the instance's. */
  beside(environment: Variables): Record<string, string>
}

/** One kind of app: how it is recognised, what a push does with it, and what of it runs. */
export interface Stack {
  /** As `[app] stack` in gatling.toml names it. */
  readonly name: string
  /** What a checkout is recognised by, like `a mix.exs`; null: it is not an app of this kind. */
  detect(buildDir: string, settings: StackSettings): string | null
  /** What a checkout calls its app; null: nothing. */
  nameOf(buildDir: string): string | null
  /** The processes of an instance, `web` first; none: the proxy serves files. */
  readonly processes: readonly string[]
  /** What can be done with a running instance; null: there is none. */
  readonly running: Running | null
  readonly lists: Readonly<Record<Task, Pipeline>>
  /** The list of a task as the app's settings want it. */
  stepsOf(task: Task, migrate: SchemaOptions['migrate']): Pipeline
  tools(workshop: Omit<Workshop, 'host'>): Tools
  /** Removes from the checkout what a build could not go on with. @returns why; null: nothing was removed. */
  discard(buildDir: string): string | null
  /** Asks the checkout. @throws GatlingError for what it says wrongly. */
  facts(workshop: Workshop): Promise<Facts>
  /** The same where the checkout cannot be asked. @param release what is known of the one that is gone to; null: nothing. */
  assumed(workshop: Omit<Workshop, 'host'>, release: KnownRelease | null): Facts
  /** The names of the values that a checkout asks for. */
  wanted(buildDir: string): readonly string[]
  /** Refuses, before anything is built, what could not start. @param values the app's config values. */
  refuse(env: Env, runtime: Runtime, values: Readonly<Record<string, string>>): Promise<void>
  /** Adds what the steps of this stack use besides. */
  equip(runtime: Runtime, workshop: Omit<Workshop, 'host'>): Runtime
}

/** The steps whose hooks stand in `upgrade.*`: all that can happen to an app that is deployed. */
export const stepsAfterFirst = ({ lists }: Pick<Stack, 'lists'>): Pipeline => [
  ...new Set([...lists.upgrade, ...lists.rollback]),
]

/** The steps whose hooks stand in `deploy.*`. */
export const stepsOfFirst = ({ lists }: Pick<Stack, 'lists'>): Pipeline => [...lists.deploy, ...lists.unload]
