import { type RunAs, runAs } from '../server/run-as.js'
import { runNumbers } from '../state/runs.js'
import { serverPaths } from '../state/server.js'
import { noteRefused } from './audit.js'

const { home } = serverPaths

/** Runs a request as the app's user, and notes its deploys that were refused. @returns its exit code. */
export const runNoted = async (project: string, wanted: RunAs): Promise<number> => {
  const last = lastOf(project)
  const code = await runAs(project, wanted)
  if (last !== null) noteRefused(home, project, last)
  return code
}

/** Returns the number of the last run; null: the records cannot be read, which another reader will report. */
const lastOf = (project: string): number | null => {
  try {
    return runNumbers(home, project).at(-1) ?? 0
  } catch {
    return null
  }
}
