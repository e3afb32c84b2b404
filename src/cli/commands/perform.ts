import { performRun } from '../../runs/job.js'
import { gatlingHome } from '../../state/paths.js'

/** The process of one run. Its starter can go away; `gatling cancel` stops it. */
export const perform = async (project: string, run: string): Promise<void> => {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  await performRun(gatlingHome(), project, Number(run))
}
