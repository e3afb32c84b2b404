import { numbersIn } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { isUnrecorded, lastRun, type Run, readResult, runsSinceOrderly } from '../state/runs.js'
import { isRootOf } from '../state/server.js'

export type Ending = Pick<Run, 'number' | 'state'>

/** Repairs what an interrupted deploy left, so that a query reports the truth. @returns the newest run. */
export const recoverFirst = async (home: string, project: string): Promise<Ending | null> => {
  const ending = orderlyEnd(home, project)
  if (ending) return ending
  const runs = runsSinceOrderly(home, project)
  if (!runs.some(isUnrecorded)) return runs[0] ?? null
  if (isRootOf(home)) {
    const { recoverAs } = await import('../server/converge-app.js')
    await recoverAs(project, 'pipe')
  } else {
    const { recover } = await import('../housekeeping/clean-up.js')
    await recover(home, project)
  }
  return lastRun(home, project)
}

/** Returns the newest run, if it had its turn and ended by itself. Then no run before it left anything. */
const orderlyEnd = (home: string, project: string): Ending | null => {
  const number = numbersIn(appPaths(home, project).runs).at(-1)
  if (number === undefined) return null
  const result = readResult(home, project, number)
  return result && result.steps.length > 0 ? { number, state: result.outcome } : null
}
