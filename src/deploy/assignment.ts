import type { Settings } from '../config/settings.js'
import type { Task } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import type { Stack, Workshop } from '../core/stack.js'
import { digestOf } from '../state/bad.js'
import { plainValues, type Values } from '../state/config.js'
import type { Run, RunRequest } from '../state/runs.js'

/** What one run has to do, and with what. */
export interface Assignment {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly request: RunRequest
  /** Earlier runs that were interrupted: what they left is cleaned up first. */
  readonly interrupted: readonly Run[]
  /** Takes the config values to deploy with. @returns the environment of what is run for it. */
  readonly equip: (values: Values) => NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  readonly mask: (text: string) => string
}

/** With the environment of the app's own programs, and the digest of its config values. */
export interface Placed extends Assignment {
  readonly environment: NodeJS.ProcessEnv
  /** The config values. */
  readonly values: Readonly<Record<string, string>>
  readonly config: string
}

/** @param assignment whose `equip` makes the environment of the values. */
export const placedWith = (assignment: Assignment, values: Values): Placed => ({
  ...assignment,
  environment: assignment.equip(values),
  values: plainValues(values.config),
  config: digestOf(values.config),
})

/** With what the checkout says. */
export interface Equipped extends Placed {
  readonly stack: Stack
  readonly settings: Settings
  readonly workshop: Workshop
}

/** Whether a task makes a release. */
export const isMaking = (task: Task): boolean => task === 'deploy' || task === 'upgrade'
