import { notDeployed } from '../../deploy/errors.js'
import { startRun } from '../../runs/start.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { watchRun } from './watch-run.js'

/** Deploys the commit that serves once more, in a fresh instance: for values that it has to take. */
export const renew = async (project: string): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const { revision } = live
  const number = await startRun(home, project, { task: 'push', revision, branch, mode: 'swap', force: true })
  await watchRun(project, number)
}
