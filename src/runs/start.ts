import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AskedTask } from '../core/env.js'
import type { Event, EventBody, Outcome } from '../core/event.js'
import { recoveryOf } from '../core/recovery.js'
import { interrupted, unloaded } from '../deploy/errors.js'
import { launchRun } from '../runtimes/keeper.js'
import { isLoaded, readApp } from '../state/apps.js'
import { followEvents } from '../state/events.js'
import { isAlive, type Owner } from '../state/owner.js'
import {
  createRun,
  eventsPath,
  isOver,
  isThere,
  noteSpawned,
  type RunRequest,
  readResult,
  readRun,
  runProcess,
} from '../state/runs.js'
import { servingText } from './serving-text.js'
import { subjectOf } from './target.js'
import { traceOf } from './trace.js'

/** The program that runs Gatling's commands. */
export const cliPath = fileURLToPath(new URL('../../bin/gatling.js', import.meta.url))

export interface Wanted {
  readonly task: AskedTask
  readonly revision: string
  /** The first line of the commit's message, if it is known already. */
  readonly subject?: string
  /** The commit of the branch before, if a push moves it. */
  readonly expected?: string | null
  readonly branch: string | null
  /** How to upgrade; null: the settings say. */
  readonly mode?: RunRequest['mode']
  /** The release to go back to, or to continue. */
  readonly release?: number | null
  /** Whether a rollback leaves config values and domains as they are. */
  readonly codeOnly?: boolean
  /** Whether to deploy even a revision that is known to be bad. */
  readonly force?: boolean
  /** Machines of the fleet that are left out. */
  readonly without?: readonly string[]
  /** What a rollback does about migrations that the older release does not have. By default it is refused. */
  readonly schema?: RunRequest['schema']
  /** The step to begin with. */
  readonly from?: string
  /** Whether the user named no commit or release. Then they are looked up when the run's turn comes. */
  readonly open?: boolean
}

/** Requests a run and starts its process, which outlives this one. @returns its number. */
export const startRun = async (home: string, project: string, wanted: Wanted): Promise<number> => {
  const {
    task,
    revision,
    expected = null,
    branch,
    mode = null,
    release = null,
    from = null,
    codeOnly = false,
    force = false,
    without = [],
    schema = 'refuse',
    open = false,
  } = wanted
  const subject = wanted.subject ?? (task === 'unload' ? '' : await subjectOf(home, project, revision))
  const request = {
    task,
    revision,
    expected,
    branch,
    mode,
    release,
    from,
    code_only: codeOnly,
    force,
    without: [...without],
    schema,
    open,
    subject,
    pusher: whoAmI(),
  }
  const number = createRun(home, project, request)
  noteSpawned(home, project, number, await launchRun(home, project, number, cliPath))
  return number
}

/** Returns the name of the person who asks, from ssh or from the system. */
export const whoAmI = (): string => process.env['GATLING_USER'] ?? userInfo().username

/**
 * Follows the events of a run, from its beginning to its end. An unload removes its own record before its last events,
 * so its process counts, not the record.
 * @param task the requested task, if the caller knows it: an unload can end before it is followed.
 */
export async function* followRun(
  home: string,
  project: string,
  number: number,
  task: AskedTask | null = null,
): AsyncGenerator<Event> {
  let owner: Owner | null = null
  const over = (): boolean => {
    try {
      owner ??= runProcess(home, project, number)
      return owner ? !isAlive(owner) : isOver(readRun(home, project, number))
    } catch {
      // A run cannot be read while it is removed.
      return owner === null || !isAlive(owner)
    }
  }
  let ended = false
  for await (const event of followEvents(eventsPath(home, project, number), over)) {
    ended = event.type === 'end'
    yield event
  }
  if (ended) return
  // The run ended before this process could read any event.
  const isUnloaded = task === 'unload' && !isLoaded(home, project)
  if (isUnloaded) yield { type: 'end', outcome: 'ok', ms: 0, at: new Date().toISOString() }
  else yield* lastWords(home, project, number)
}

/**
 * Yields the missing last events of a run. The result is written just before the last event, and is enough. Without a
 * result the process is dead, and the keeper records the outcome.
 */
async function* lastWords(home: string, project: string, number: number): AsyncGenerator<Event> {
  const outcome = await recorded(home, project, number)
  const at = new Date().toISOString()
  if (outcome === 'ok')
    yield { type: 'note', text: 'its process was killed, but the new release is live', at }
  if (outcome === 'interrupted') yield { ...interruption(home, project, number), at }
  yield { type: 'end', outcome, ms: readResult(home, project, number)?.ms ?? 0, at }
}

const interruption = (home: string, project: string, number: number): EventBody => {
  const { step, migrates } = traceOf(eventsPath(home, project, number))
  const { code, message, hint } = isThere(home, project, number)
    ? interrupted(readRun(home, project, number).request.task, step, project, migrates)
    : unloaded(project)
  return { type: 'failed', code, step: null, text: message, hint, serving: servingText(home, project) }
}

/** How long the keeper has to converge the app and to record the interrupted run, in ms. */
const recordedWithinMs = 10_000

const recorded = async (home: string, project: string, number: number): Promise<Outcome> => {
  const deadline = performance.now() + recordedWithinMs
  while (readResult(home, project, number) === null && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 100))
  return outcomeOf(home, project, number)
}

/** Returns the outcome of a run. If another deploy is running, which will record it, the live release decides. */
const outcomeOf = (home: string, project: string, number: number): Outcome => {
  try {
    const { request, result } = readRun(home, project, number)
    const { task, release } = request
    return (
      result?.outcome ??
      recoveryOf({ number, task, release }, readApp(home, project).live?.release ?? null).outcome
    )
  } catch {
    return 'interrupted'
  }
}
