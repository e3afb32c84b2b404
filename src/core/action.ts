import { GatlingError } from './error.js'
import type { EventBody } from './event.js'

/**
 * One named action of a command that changes a database or a fleet. If the command is killed, its next run does the
 * remaining actions.
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

type Emit = (event: EventBody) => void

/**
 * Runs actions in order, each only if it is needed. If one fails, undoes those that ran, the last first.
 * @param failed makes the error from the name of the action and the reason.
 * @throws GatlingError that error.
 */
export const runInOrder = async (
  actions: readonly Action[],
  failed: (action: string, reason: string) => GatlingError,
  emit: Emit,
): Promise<void> => {
  const begun: Action[] = []
  for (const action of actions) {
    if (await action.isMade?.()) continue
    begun.push(action)
    try {
      await timed(action, emit)
    } catch (error) {
      await undoAll(begun.reverse(), emit)
      throw failed(action.name, reasonOf(error))
    }
  }
}

/** Runs an action if it is needed. A later failure does not undo it. */
export const ensure = async (action: Action, emit: Emit): Promise<void> => {
  if (!(await action.isMade?.())) await timed(action, emit)
}

const timed = async ({ name, run }: Action, emit: Emit): Promise<void> => {
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

const undoAll = async (begun: readonly Action[], emit: Emit): Promise<void> => {
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
