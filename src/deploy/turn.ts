import { type AskedTask, isBuild } from '../core/env.js'
import { superseded } from '../core/errors.js'
import { changesOf } from '../state/events.js'
import { appPaths } from '../state/paths.js'
import { claimRun, isOver, type Run, readRun, runNumbers, runsSinceOrderly } from '../state/runs.js'

/**
 * Waits until every earlier run of the app is over: one deploy at a time, and of pushes that wait, the newest wins.
 * @returns the earlier runs that were interrupted, for their leavings to be cleaned up.
 * @throws GatlingError SUPERSEDED when a newer run that takes its place waits too; what `signal` was aborted with.
 */
export const waitForTurn = async (
  home: string,
  project: string,
  number: number,
  onWait: (behind: Run) => void,
  signal: AbortSignal,
): Promise<Run[]> => {
  const changes = changesOf(appPaths(home, project).runs)
  try {
    for (let told = false; ; told = true) {
      const before = runsSinceOrderly(home, project, number)
      const running = before.find(run => stillRuns(home, project, run))
      if (!running) return before.filter(({ state }) => state === 'interrupted')
      if (!told) onWait(running)
      signal.throwIfAborted()
      const newest = whoTakesItsPlace(home, project, number)
      if (newest) throw superseded(newest.number, newest.request.task)
      await changes.next()
    }
  } finally {
    changes.close()
  }
}

const whoTakesItsPlace = (home: string, project: string, number: number): Run | undefined => {
  const { task } = readRun(home, project, number).request
  return runNumbers(home, project)
    .filter(other => other > number)
    .reverse()
    .map(other => readRun(home, project, other))
    .find(other => !isOver(other) && givesWay(task, other.request.task))
}

/** A push to whatever is wanted after it; who goes back, or removes the app, gets that also when somebody pushes then. */
const givesWay = (task: AskedTask, newer: AskedTask): boolean =>
  task !== 'plan' && newer !== 'plan' && weight(newer) >= weight(task)

const weight = (task: AskedTask): number => (isBuild(task) ? 0 : task === 'rollback' ? 1 : 2)

/** A run that nobody carries out, and whose asker is dead, is claimed for nobody: it must not begin late. */
export const stillRuns = (home: string, project: string, run: Run): boolean => {
  if (!isOver(run)) return true
  if (run.state !== 'interrupted' || run.result) return false
  claimRun(home, project, run.number, null)
  return !isOver(readRun(home, project, run.number))
}
