import { startRun } from '../../runs/start.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { confirmedBy } from '../confirm.js'
import { unconfirmed } from '../errors.js'
import { watchRun } from './watch-run.js'

/** Stops an app and removes everything of it, after a confirmation. */
export const unload = async (project: string, options: { yes?: boolean }): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  const warning = `This stops ${project} and removes its releases, repository, config values and history.`
  if (!options.yes && !(await confirmedBy(project, warning))) throw unconfirmed(`removing ${project}`)
  const task = 'unload'
  const number = await startRun(home, project, { task, revision: live?.revision ?? '', branch })
  await watchRun(project, number, { task })
}
