import * as git from '../commands/git.js'
import type { EventBody } from '../core/event.js'
import type { Host } from '../core/host.js'
import { branchMoved } from '../push/errors.js'
import { appPaths } from '../state/paths.js'
import type { RunRequest } from '../state/runs.js'

/** The branch that a push moves, and where it moves to. */
interface BranchRequest {
  readonly home: string
  readonly project: string
  readonly request: Pick<RunRequest, 'expected' | 'branch' | 'revision'>
}

const noCommit = '0'.repeat(40)

/**
 * Refuses a push whose branch has moved elsewhere. git does the same, but does not see pushes that waited with this
 * one.
 */
export const refuseIfMoved = async ({ home, project, request }: BranchRequest, host: Host): Promise<void> => {
  const { expected, branch, revision } = request
  if (expected === null || branch === null) return
  const { repository } = appPaths(home, project)
  const now = await tip(repository, branch, host)
  if (now === expected || now === noCommit) return
  if (!(await host.succeeds(git.isAncestor(repository, now, revision)))) throw branchMoved(branch)
}

const tip = async (repository: string, branch: string, host: Host): Promise<string> => {
  const name = `refs/heads/${branch}`
  return (await host.succeeds(git.resolve(repository, name)))
    ? (await host.run(git.resolve(repository, name))).trim()
    : noCommit
}

/** Moves the branch to the deployed commit. The release is live by now, so a failure is only a warning. */
export const moveBranch = async (
  { home, project, request }: BranchRequest,
  host: Host,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const { expected, branch, revision } = request
  if (expected === null || branch === null) return
  const { repository } = appPaths(home, project)
  try {
    await host.run(git.moveBranch(repository, branch, revision, await tip(repository, branch, host)))
  } catch (error) {
    emit({ type: 'warning', text: `could not move ${branch} to ${revision}: ${String(error)}` })
  }
}
