import type { Ending } from '../core/ending.js'
import type { Env } from '../core/env.js'
import type { HookFunction } from '../core/hook.js'

/** How one hook, or the loading of its file, ended. */
export type HookReply =
  | { readonly kind: 'ok' }
  | { readonly kind: 'threw'; readonly stack: string }
  | { readonly kind: 'exited'; readonly ending: Ending }

/** The process that runs one file's hooks for one deploy. Each language has such an adapter. */
export interface HookProcess {
  /** Loads the file. @returns its functions, or why it cannot be loaded. */
  load(): Promise<readonly HookFunction[] | Exclude<HookReply, { kind: 'ok' }>>
  /** Runs one function of the file, by its name in the file. */
  call(name: string, env: Env): Promise<HookReply>
  /** Ends the process and all it started. */
  stop(): Promise<void>
}

interface HookProcessOptions {
  readonly file: string
  readonly environment: NodeJS.ProcessEnv
  /** A folder of Gatling for compiled hook files. */
  readonly cacheDir: string
  readonly onLine: (line: string) => void
}

/** A language that hooks can be written in. */
export interface HookLanguage {
  /** The endings of its files. */
  readonly endings: readonly string[]
  /** How many arguments a hook can take. */
  readonly arities: readonly number[]
  /** Matches comments and texts of several lines, in which nothing is a definition. */
  readonly prose: RegExp
  /** Says how to define a hook, in sentences. */
  howTo(hook: string): string
  /** Returns the name of a file's module, for `env`; null: use the name of the file. */
  moduleIn(text: string): string | null
  /** Starts the process that runs the hooks of a file. */
  start(options: HookProcessOptions): HookProcess
}
