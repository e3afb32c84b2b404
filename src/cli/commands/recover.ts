import { gatlingHome } from '../../state/paths.js'
import { isUnrecorded, lastRun, type Run, runsSinceOrderly } from '../../state/runs.js'
import { isServerHome } from '../../state/server.js'

/** As the app's own user. */
export const recoverCommand = (project: string): Promise<void> => recoverHere(gatlingHome(), project)

/**
 * As anybody who looks: what an interrupted deploy left is put right before it is told of.
 * @returns the newest run.
 */
export const recoverFirst = async (home: string, project: string): Promise<Run | null> => {
  const [newest = null, ...others] = runsSinceOrderly(home, project)
  if (![newest, ...others].some(run => run && isUnrecorded(run))) return newest
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
