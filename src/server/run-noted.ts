import { noteRefused } from '../state/audit.js'
import { runNumbers } from '../state/runs.js'
import { serverPaths } from '../state/server.js'
import { type RunAs, runAs } from './run-as.js'

const { home } = serverPaths

/** Runs what somebody asked for as the app's user, and notes the deploys of it that were refused. @returns its exit code. */
export const runNoted = async (project: string, wanted: RunAs): Promise<number> => {
  const last = runNumbers(home, project).at(-1) ?? 0
  const code = await runAs(project, wanted)
  noteRefused(home, project, last)
  return code
}
