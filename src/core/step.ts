import type { Env } from './env.js'
import type { Runtime } from './runtime.js'

/** One named action of a pipeline. Its name is public: hooks, log lines and records use it. */
export interface Step {
  /** snake_case, as users write it in `before_<name>` and `after_<name>`. */
  readonly name: string
  /** One sentence, shown by `gatling steps`. */
  readonly about: string
  /**
   * Does the work, or throws. A step that throws stops the deploy. It returns what it found out about the deploy, and
   * the steps and hooks after it get that in their env.
   */
  run(env: Env, runtime: Runtime): Promise<Found>
  /** Runs after all steps, right before the commit. It throws if the work of `run` no longer holds. */
  confirm?(env: Env, runtime: Runtime): Promise<void>
  /** Takes back the work of `run`, even if `run` stopped half-way, because the deploy failed. It can run twice. */
  undo?(env: Env, runtime: Runtime): Promise<void>
  /** After this step the release is complete, and nothing is added to it. */
  readonly completes?: true
  /** `undo` keeps what the step made, so a retry can begin after it. */
  readonly keeps?: true
  /** Runs after the commit. */
  settle?(env: Env, runtime: Runtime): Promise<void>
}

// biome-ignore lint/suspicious/noConfusingVoidType: most steps find out nothing, and end without a return.
export type Found = Partial<Env> | void

/** A deploy is a list of steps, run from top to bottom. */
export type Pipeline = readonly Step[]

/** Keeps a step's name as a type, so that the hooks around it can be typed. */
export const step = <const Name extends string>(definition: Step & { readonly name: Name }) => definition
