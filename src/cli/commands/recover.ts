import { gatlingHome } from '../../state/paths.js'
import { isUnrecorded, lastRun, type Run, runsSinceOrderly } from '../../state/runs.js'
import { isServerHome } from '../../state/server.js'

/** As the app's own user. */
export const recoverCommand = (project: string): Promise<void> => recoverHere(gatlingHome(), project)

/**
 * Repairs what an interrupted deploy left, so that a command reports what is true.
 * @returns the newest run.
 */
export const recoverFirst = async (home: string, project: string): Promise<Run | null> => {
  const runs = runsSinceOrderly(home, project)
  if (!runs.some(isUnrecorded)) return runs[0] ?? null
  if (isServerHome(home) && process.geteuid?.() === 0) {
    const { recoverAs } = await import('../../server/door.js')
    await recoverAs(project, 'pipe')
  } else await recoverHere(home, project)
  return lastRun(home, project)
}

const recoverHere = async (home: string, project: string): Promise<void> => {
  const { recover } = await import('../../deploy/clean-up.js')
  await recover(home, project)
}
