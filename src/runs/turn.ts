import * as git from '../commands/git.js'
import { type AskedTask, isBuild } from '../core/env.js'
import type { GatlingError } from '../core/error.js'
import { superseded, unloaded } from '../deploy/errors.js'
import { runCommand } from '../hosts/capture.js'
import { isLoaded } from '../state/apps.js'
import { changesOf } from '../state/events.js'
import { appPaths } from '../state/paths.js'
import {
  claimRun,
  isOver,
  isThere,
  type Run,
  type RunRequest,
  readRun,
  runNumbers,
  runsSinceOrderly,
} from '../state/runs.js'

/**
 * Waits until every earlier run of the app has ended. One deploy runs at a time, and of waiting pushes the newest wins.
 * @returns the earlier runs that were interrupted, so that the caller can clean up after them.
 * @throws GatlingError SUPERSEDED if a newer run that waits takes its place; UNLOADED; the reason of an abort of
 * `signal`.
 */
export const waitForTurn = async (
  home: string,
  project: string,
  number: number,
  onWait: (behind: Run) => void,
  signal: AbortSignal,
): Promise<Run[]> => {
  const changes = changesOf(appPaths(home, project).runs)
  const isGone = (): boolean => !isLoaded(home, project) || !isThere(home, project, number)
  try {
    for (let told = false; ; told = true) {
      if (isGone()) throw unloaded(project)
      const before = runsSinceOrderly(home, project, number)
      // The oldest run is the running one, which `gatling cancel` stops. The others wait, too.
      const running = before.filter(run => stillRuns(home, project, run)).at(-1)
      if (running && !told) onWait(running)
      signal.throwIfAborted()
      const newest = whoTakesItsPlace(home, project, number)
      if (newest) throw await gaveWay(home, project, number, newest)
      if (!running) return before.filter(({ state }) => state === 'interrupted')
      await changes.next()
    }
  } catch (error) {
    // A run cannot be read while it is removed.
    throw isGone() ? unloaded(project) : error
  } finally {
    changes.close()
  }
}

const whoTakesItsPlace = (home: string, project: string, number: number): Run | undefined => {
  const { request } = readRun(home, project, number)
  return runNumbers(home, project)
    .filter(other => other > number)
    .reverse()
    .map(other => readRun(home, project, other))
    .find(other => !isOver(other) && givesWay(request, other.request))
}

/**
 * Makes the error of a run that gave way. Two waiting pushes can have different histories: git accepted both, because
 * the branch has not moved yet.
 */
const gaveWay = async (home: string, project: string, number: number, newest: Run): Promise<GatlingError> => {
  const { task, revision } = newest.request
  const { repository } = appPaths(home, project)
  const older = readRun(home, project, number).request.revision
  const { status } = await runCommand(git.isAncestor(repository, older, revision))
  return superseded({ run: newest.number, task, revision, holds: status === 0 })
}

/**
 * Tells whether an older run gives way to a newer one. A push gives way to a rollback or an unload. Among deploys it
 * gives way only to a push, because the others leave the branch at an older commit. A rollback or an unload never gives
 * way to a push.
 */
export const givesWay = (older: Waiting, newer: Waiting): boolean =>
  older.task !== 'plan' &&
  newer.task !== 'plan' &&
  weight(newer.task) >= weight(older.task) &&
  (!isBuild(newer.task) || older.expected === null || (newer.task === 'push' && newer.expected !== null))

type Waiting = Pick<RunRequest, 'task' | 'expected'>

const weight = (task: AskedTask): number => (isBuild(task) ? 0 : task === 'rollback' ? 1 : 2)

/**
 * Tells whether a run is still running or waiting. If nobody carries it out and its asker is dead, it is claimed for
 * nobody, so that it cannot begin late.
 */
export const stillRuns = (home: string, project: string, run: Run): boolean => {
  if (!isOver(run)) return true
  if (run.state !== 'interrupted' || run.result) return false
  claimRun(home, project, run.number, null)
  return !isOver(readRun(home, project, run.number))
}
