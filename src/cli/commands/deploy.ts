import * as git from '../../commands/git.js'
import { alreadyDeployed, noRevision, notDeployed } from '../../core/errors.js'
import { retryOf } from '../../deploy/retry.js'
import { startRun, type Wanted } from '../../deploy/start.js'
import { runCommand } from '../../hosts/capture.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { lastRequest } from '../../state/runs.js'
import { watchRun } from './watch-run.js'

/** The first deploy of what was pushed. */
export const deploy = async (project: string, { force }: Asked): Promise<void> => {
  const home = gatlingHome()
  if (readApp(home, project).live) throw alreadyDeployed(project)
  await start('deploy', project, await lastAsked(home, project), { force })
}

/** An upgrade to the tip of the deploy branch. */
export const upgrade = async (project: string, { mode, force }: Asked): Promise<void> => {
  if (!readApp(gatlingHome(), project).live) throw notDeployed(project)
  await start('upgrade', project, { revision: await tipOf(project) }, { mode, force })
}

/** What `--mode` may say. */
export type AskedMode = 'auto' | 'hot' | 'swap'

interface Asked {
  readonly mode?: AskedMode | undefined
  /** Also a revision that is known to be bad. */
  readonly force?: boolean | undefined
}

/** The commit last asked for, once more: also one whose deploy failed. */
export const redeploy = async (project: string, { mode, force }: Asked): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  await start('push', project, await lastAsked(home, project), { mode, force })
}

/** The last deploy, which failed, from a step on. */
export const retry = async (
  project: string,
  { from, mode, force }: Asked & { readonly from?: string },
): Promise<void> => {
  const home = gatlingHome()
  const wanted = retryOf(home, project, from)
  const number = await startRun(home, project, {
    ...wanted,
    mode: mode ?? wanted.mode ?? null,
    force: force ?? false,
  })
  await watchRun(project, number)
}

const start = async (
  task: 'deploy' | 'upgrade' | 'push',
  project: string,
  wanted: Pick<Wanted, 'revision' | 'expected'>,
  { mode, force }: Asked,
): Promise<void> => {
  const home = gatlingHome()
  const { branch } = readApp(home, project)
  const number = await startRun(home, project, {
    ...wanted,
    task,
    branch,
    mode: mode ?? null,
    force: force ?? false,
  })
  await watchRun(project, number)
}

/** The commit last asked for; where a push has failed with it, the branch moves when it is good now. */
const lastAsked = async (home: string, project: string): Promise<Pick<Wanted, 'revision' | 'expected'>> => {
  const last = lastRequest(home, project)
  return last ? { revision: last.revision, expected: last.expected } : { revision: await tipOf(project) }
}

/** The commit the deploy branch points to. @throws GatlingError NO_REVISION. */
export const tipOf = async (project: string): Promise<string> => {
  const home = gatlingHome()
  const { branch } = readApp(home, project)
  if (branch === null) throw noRevision(project, null)
  const { status, stdout } = await runCommand(
    git.resolve(appPaths(home, project).repository, `refs/heads/${branch}`),
  )
  if (status !== 0) throw noRevision(project, branch)
  return stdout.trim()
}
