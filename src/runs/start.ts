import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AskedTask } from '../core/env.js'
import type { Event, EventBody, Outcome } from '../core/event.js'
import { recoveryOf } from '../core/recovery.js'
import { interrupted, unloaded } from '../deploy/errors.js'
import { launchRun } from '../runtimes/runtime.js'
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
  /** The first line of its message, where that is known already. */
  readonly subject?: string
  /** Where the branch was, when a push wants it moved. */
  readonly expected?: string | null
  readonly branch: string | null
  /** How to upgrade; null: the settings say. */
  readonly mode?: RunRequest['mode']
  /** The release to go back to, or to go on with. */
  readonly release?: number | null
  /** Whether a rollback leaves config values and domains as they are. */
  readonly codeOnly?: boolean
  /** Whether to deploy even a revision that is known to be bad. */
  readonly force?: boolean
  /** What a rollback does about migrations that the older release does not have; else it is refused. */
  readonly schema?: RunRequest['schema']
  /** The step to begin with. */
  readonly from?: string
  /** Whether nobody named a commit or a release, so that both are looked up when its turn comes. */
  readonly open?: boolean
}

/** Asks for a run and starts the process that carries it out, which outlives this one. @returns its number. */
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
    schema,
    open,
    subject,
    pusher: whoAmI(),
  }
  const number = createRun(home, project, request)
  noteSpawned(home, project, number, await launchRun(home, project, number, cliPath))
  return number
}

/** The name of the person who asks, from ssh or from the system. */
export const whoAmI = (): string => process.env['GATLING_USER'] ?? userInfo().username

/**
 * Everything a run says, from its beginning, until it is over. An unload removes its own run, and then says its last words:
 * who carries it out tells more than what is left of it.
 * @param task what was asked for, where the asker knows: an unload may be over before it is followed.
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
      // A run that is just being removed cannot be read.
      return owner === null || !isAlive(owner)
    }
  }
  let ended = false
  for await (const event of followEvents(eventsPath(home, project, number), over)) {
    ended = event.type === 'end'
    yield event
  }
  if (ended) return
  // Seen too late for any of it.
  const isUnloaded = task === 'unload' && !isLoaded(home, project)
  if (isUnloaded) yield { type: 'end', outcome: 'ok', ms: 0, at: new Date().toISOString() }
  else yield* lastWords(home, project, number)
}

/**
 * The result is written just before the last event, and counts without it. Where there is none the process is gone, and
 * the keeper records the outcome of its deploy.
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

/** By what serves, where another deploy is under way and will write it down. */
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
