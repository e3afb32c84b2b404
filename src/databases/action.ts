import { GatlingError } from '../core/error.js'
import type { EventBody } from '../core/event.js'
import { databaseFailed } from './errors.js'

/**
 * One named action of a command that changes a database. If the command is killed, its next run does the remaining
 * actions.
 */
export interface Action {
  /** The name, in snake_case. */
  readonly name: string
  /** Tells whether there is nothing to do. */
  isMade?(): boolean | Promise<boolean>
  run(): Promise<void> | void
  /** Undoes `run`, even if it ran only in part. */
  undo?(): Promise<void> | void
}

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

/**
 * Runs actions in order, each only if it is needed. If one fails, undoes those that ran, the last first.
 * @throws GatlingError DATABASE_FAILED.
 */
export const runActions = async (
  actions: readonly Action[],
  { verb, project, more, kept, failed = databaseFailed, emit }: Verb,
): Promise<void> => {
  const begun: Action[] = []
  for (const action of actions) {
    if (await action.isMade?.()) continue
    begun.push(action)
    try {
      await timed(action, emit)
    } catch (error) {
      await undoAll(begun.reverse(), emit)
      throw failed(verb, project, action.name, reasonOf(error), kept, more)
    }
  }
}

/** Runs an action if it is needed. A later failure does not undo it. */
export const ensure = async (action: Action, emit: Verb['emit']): Promise<void> => {
  if (!(await action.isMade?.())) await timed(action, emit)
}

const timed = async ({ name, run }: Action, emit: Verb['emit']): Promise<void> => {
  const started = performance.now()
  const end = (ok: boolean): void =>
    emit({ type: 'step-end', step: name, ok, ms: Math.round(performance.now() - started) })
  emit({ type: 'step-start', step: name })
  try {
    await run()
    end(true)
  } catch (error) {
    end(false)
    throw error
  }
}

const undoAll = async (begun: readonly Action[], emit: Verb['emit']): Promise<void> => {
  emit({ type: 'undo' })
  for (const { name, undo } of begun) {
    try {
      await undo?.()
    } catch (error) {
      emit({ type: 'warning', text: `undo of ${name} failed: ${reasonOf(error)}` })
    }
  }
}

const reasonOf = (error: unknown): string => {
  // A full stop follows.
  if (error instanceof GatlingError) return `${error.message}. ${error.hint}`.replace(/\.$/, '')
  return error instanceof Error ? error.message : String(error)
}
