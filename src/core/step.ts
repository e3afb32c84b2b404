import type { Env } from './env.js'
import type { Runtime } from './runtime.js'

/** One named action of a pipeline. Its name is public: hooks, log lines and records use it. */
export interface Step {
  /** snake_case, as users write it in `before_<name>` and `after_<name>`. */
  readonly name: string
  /** One sentence, shown by `gatling steps`. */
  readonly about: string
  /**
   * Does the work, or throws; a step that throws stops the deploy. What it finds out about the deploy it returns: the
   * steps and hooks after it have it in their env.
   */
  run(env: Env, runtime: Runtime): Promise<Found>
  /** Runs when all steps are through, right before the commit; throws when what `run` did no longer holds. */
  confirm?(env: Env, runtime: Runtime): Promise<void>
  /** Takes back what `run` did, or half did, when the deploy fails. Safe to call twice. */
  undo?(env: Env, runtime: Runtime): Promise<void>
  /** From its end on the release is whole, and nothing is added to it. */
  readonly completes?: true
  /** `undo` keeps what was made, so that a retry may begin after this step. */
  readonly keeps?: true
  /** Runs once the whole deploy has succeeded and there is no way back. */
  settle?(env: Env, runtime: Runtime): Promise<void>
}

// biome-ignore lint/suspicious/noConfusingVoidType: most steps find out nothing, and end without a return.
export type Found = Partial<Env> | void

/** A deploy is a list of steps, run from top to bottom. */
export type Pipeline = readonly Step[]

/** Keeps a step's name as a type, so that the hooks around it can be typed. */
export const step = <const Name extends string>(definition: Step & { readonly name: Name }) => definition
