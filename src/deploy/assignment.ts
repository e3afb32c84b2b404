import type { Settings } from '../config/settings.js'
import type { Task } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import type { Stack, Workshop } from '../core/stack.js'
import { digestOf } from '../state/bad.js'
import { plainValues, type Values } from '../state/config.js'
import type { Run, RunRequest } from '../state/runs.js'

/** What one run has to do, and what it does that with. */
export interface Assignment {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly request: RunRequest
  /** Earlier runs that were interrupted. Gatling first cleans up what they left. */
  readonly interrupted: readonly Run[]
  /** Sets the config values to deploy with. @returns the environment of the programs that the deploy runs. */
  readonly equip: (values: Values) => NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  readonly mask: (text: string) => string
}

/** An assignment with its config values, their digest, and the environment of the app's own programs. */
export interface Placed extends Assignment {
  readonly environment: NodeJS.ProcessEnv

  readonly values: Readonly<Record<string, string>>
  readonly config: string
}

/** Adds config values to an assignment, and the environment that `equip` makes of them. */
export const placedWith = (assignment: Assignment, values: Values): Placed => ({
  ...assignment,
  environment: assignment.equip(values),
  values: plainValues(values.config),
  config: digestOf(values.config),
})

/** An assignment with what the checkout says. */
export interface Equipped extends Placed {
  readonly stack: Stack
  readonly settings: Settings
  readonly workshop: Workshop
}

/** Tells whether a task makes a release. */
export const isMaking = (task: Task): boolean => task === 'deploy' || task === 'upgrade'
