import { alreadyDeployed, notDeployed } from '../../deploy/errors.js'
import { retryOf } from '../../runs/retry.js'
import { startRun, type Wanted } from '../../runs/start.js'
import { tipOf } from '../../runs/target.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { lastRequest } from '../../state/runs.js'
import { watchRun } from './watch-run.js'

/** Deploys for the first time what was pushed. */
export const deploy = async (project: string, { force }: Asked): Promise<void> => {
  const home = gatlingHome()
  if (readApp(home, project).live) throw alreadyDeployed(project)
  await start('deploy', project, await lastAsked(home, project), { force })
}

/** Upgrades to the tip of the deploy branch, as it is when the run's turn comes. */
export const upgrade = async (project: string, { mode, force, without }: Asked): Promise<void> => {
  const home = gatlingHome()
  if (!readApp(home, project).live) throw notDeployed(project)
  await start(
    'upgrade',
    project,
    { revision: await tipOf(home, project), open: true },
    { mode, force, without },
  )
}

/** The values of `--mode`. */
export type AskedMode = 'auto' | 'hot' | 'swap'

interface Asked {
  readonly mode?: AskedMode | undefined
  /** Deploy even a revision that is known to be bad. */
  readonly force?: boolean | undefined
  /** Leave these machines of the fleet out. */
  readonly without?: readonly string[] | undefined
}

/** Deploys the last requested commit again, even if its deploy failed. */
export const redeploy = async (
  project: string,
  { mode, force, without, json }: Asked & { readonly json?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  await start('push', project, await lastAsked(home, project), { mode, force, without, json })
}

/** Retries the last failed deploy from a step on. */
export const retry = async (
  project: string,
  { from, mode, force, without = [] }: Asked & { readonly from?: string },
): Promise<void> => {
  const home = gatlingHome()
  const wanted = retryOf(home, project, from)
  const number = await startRun(home, project, {
    ...wanted,
    mode: mode ?? wanted.mode ?? null,
    force: force ?? false,
    without,
  })
  await watchRun(project, number)
}

const start = async (
  task: 'deploy' | 'upgrade' | 'push',
  project: string,
  wanted: Commit,
  { mode, force, without = [], json }: Asked & { readonly json?: boolean | undefined },
): Promise<void> => {
  const home = gatlingHome()
  const { branch } = readApp(home, project)
  const number = await startRun(home, project, {
    ...wanted,
    task,
    branch,
    mode: mode ?? null,
    force: force ?? false,
    without,
  })
  await watchRun(project, number, { json })
}

type Commit = Pick<Wanted, 'revision' | 'expected' | 'open'>

/**
 * Finds the last requested commit. If its push failed, and this deploy succeeds, the branch moves. The commit of an
 * upgrade that waits is not known yet.
 */
const lastAsked = async (home: string, project: string): Promise<Commit> => {
  const last = lastRequest(home, project)
  if (!last) return { revision: await tipOf(home, project) }
  const { revision, expected, open, task } = last
  return { revision, expected, open: open && task !== 'rollback' }
}
