import { isUnrecorded, lastRun, type Run, runsSinceOrderly } from '../state/runs.js'
import { isRootOf } from '../state/server.js'

/**
 * Repairs what an interrupted deploy left, so that a query reports what is true.
 * @returns the newest run.
 */
export const recoverFirst = async (home: string, project: string): Promise<Run | null> => {
  const runs = runsSinceOrderly(home, project)
  if (!runs.some(isUnrecorded)) return runs[0] ?? null
  if (isRootOf(home)) {
    const { recoverAs } = await import('../server/door.js')
    await recoverAs(project, 'pipe')
  } else {
    const { recover } = await import('../housekeeping/clean-up.js')
    await recover(home, project)
  }
  return lastRun(home, project)
}
