import { performRun } from '../../deploy/job.js'
import { noteDeploy } from '../../state/audit.js'
import { gatlingHome } from '../../state/paths.js'
import { isServerHome } from '../../state/server.js'

/** The process of one run. What starts it may go away; what stops it is `gatling cancel`. */
export const perform = async (project: string, run: string): Promise<void> => {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  const home = gatlingHome()
  const isKnown = await performRun(home, project, Number(run))
  if (isKnown && !isServerHome(home)) noteDeploy(home, project, Number(run))
}
