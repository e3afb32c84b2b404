import { performRun } from '../../runs/job.js'
import { gatlingHome } from '../../state/paths.js'

/** Carries out one run. It goes on if its starter goes away; `gatling cancel` stops it. */
export const perform = async (project: string, run: string): Promise<void> => {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  await performRun(gatlingHome(), project, Number(run))
}
