import { type RunAs, runAs } from '../server/run-as.js'
import { runNumbers } from '../state/runs.js'
import { serverPaths } from '../state/server.js'
import { noteRefused } from './audit.js'

const { home } = serverPaths

/** Runs what somebody asked for as the app's user, and notes the deploys of it that were refused. @returns its exit code. */
export const runNoted = async (project: string, wanted: RunAs): Promise<number> => {
  const last = lastOf(project)
  const code = await runAs(project, wanted)
  if (last !== null) noteRefused(home, project, last)
  return code
}

/** null: the app's records cannot be read, which whatever reads them will say. */
const lastOf = (project: string): number | null => {
  try {
    return runNumbers(home, project).at(-1) ?? 0
  } catch {
    return null
  }
}
