import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { isOver, listRuns } from '../../state/runs.js'
import { nothingRunning } from '../errors.js'
import { watchRun } from './watch-run.js'

/** Shows the running deploy, from its beginning. */
export const attach = async (project: string, options: { json?: boolean }): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  const run = listRuns(home, project).find(other => !isOver(other))
  if (!run) throw nothingRunning(project)
  await watchRun(project, run.number, { json: options.json })
}
