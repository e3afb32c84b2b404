import { gatlingHome } from '../../state/paths.js'
import { unrecordedRuns } from '../../state/runs.js'
import { isServerHome } from '../../state/server.js'

/** As the app's own user. */
export const recoverCommand = (project: string): Promise<void> => recoverHere(gatlingHome(), project)

/** As anybody who looks: what an interrupted deploy left is put right before it is told of. */
export const recoverFirst = async (home: string, project: string): Promise<void> => {
  if (unrecordedRuns(home, project).length === 0) return
  if (!isServerHome(home) || process.geteuid?.() !== 0) return recoverHere(home, project)
  const { recoverAs } = await import('../../server/door.js')
  await recoverAs(project, 'pipe')
}

const recoverHere = async (home: string, project: string): Promise<void> => {
  const { recover } = await import('../../deploy/clean-up.js')
  await recover(home, project)
}
