import { type Action, runInOrder } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { databaseFailed } from './errors.js'

export interface Verb {
  /** What a person types after `gatling db`. */
  readonly verb: string
  readonly project: string
  /** The words after the project. */
  readonly more?: string
  /** The state after a failure, in a sentence with a full stop. */
  readonly kept: string
  /** The error of another kind of database. */
  readonly failed?: typeof databaseFailed
  readonly emit: (event: EventBody) => void
}

/** Runs the actions of a command that changes a database. @throws GatlingError DATABASE_FAILED. */
export const runActions = (
  actions: readonly Action[],
  { verb, project, more, kept, failed = databaseFailed, emit }: Verb,
): Promise<void> =>
  runInOrder(actions, (action, reason) => failed(verb, project, action, reason, kept, more), emit)
