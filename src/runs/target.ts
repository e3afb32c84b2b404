import * as git from '../commands/git.js'
import type { Live } from '../core/live.js'
import { noReleaseBefore, noRevision, releaseGone } from '../deploy/errors.js'
import { runCommand } from '../hosts/capture.js'
import { isWhole, listReleases, readApp, readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { releaseRecords } from '../state/releases.js'
import { decideRun, type RunRequest } from '../state/runs.js'

/** The target of a deploy. */
export interface Target {
  readonly revision: string
  /** The release on disk that it goes back to; null: it makes a new release. */
  readonly release: number | null
}

/** Returns the commit that the deploy branch points to. @throws GatlingError NO_REVISION. */
export const tipOf = async (home: string, project: string): Promise<string> => {
  const { branch } = readApp(home, project)
  if (branch === null) throw noRevision(project, null)
  const { repository } = appPaths(home, project)
  const { status, stdout } = await runCommand(git.resolve(repository, `refs/heads/${branch}`))
  if (status !== 0) throw noRevision(project, branch)
  return stdout.trim()
}

export interface Commit {
  readonly revision: string
  /** The first line of the commit's message. */
  readonly subject: string
}

/** Finds the commit that a name stands for, which can be a tag; null: none. */
export const commitNamed = async (home: string, project: string, name: string): Promise<Commit | null> => {
  const { status, stdout } = await runCommand(git.describe(appPaths(home, project).repository, name))
  const [revision = '', subject = ''] = stdout.split('\n')
  return status === 0 ? { revision, subject } : null
}

/** Returns the first line of a commit's message; '' if the commit is gone. */
export const subjectOf = async (home: string, project: string, revision: string): Promise<string> =>
  (await commitNamed(home, project, revision))?.subject ?? ''

/**
 * Returns the target of a rollback: the last good release before the live one.
 * @throws GatlingError NO_RELEASE_BEFORE.
 */
export const backFrom = (
  home: string,
  project: string,
  live: Live,
): Target & { readonly release: number } => {
  const release = lastGoodBefore(home, project, live)
  if (release === undefined) throw noReleaseBefore(project, live.release)
  return { release, revision: readManifest(home, project, release).revision }
}

/**
 * Decides the target of a run when its turn has come. If the user named none, the deploys before it decide.
 * @throws GatlingError NO_REVISION or NO_RELEASE_BEFORE.
 */
export const decideTarget = async (
  home: string,
  project: string,
  number: number,
  request: RunRequest,
): Promise<RunRequest> => {
  if (!request.open) return request
  const { live } = readApp(home, project)
  const target: Target =
    request.task === 'rollback' && live
      ? backFrom(home, project, live)
      : { revision: await tipOf(home, project), release: null }
  const subject = await subjectOf(home, project, target.revision)
  return decideRun(home, project, number, { ...target, subject })
}

/**
 * Returns the possible targets of a rollback, oldest first. An incomplete release of an interrupted deploy is not a
 * target.
 */
const targets = (home: string, project: string, live: Live): number[] =>
  listReleases(home, project).filter(number => number !== live.release && isWhole(home, project, number))

/** Refuses a release that is not a possible target. @throws GatlingError RELEASE_GONE. */
export const refuseGone = (home: string, project: string, wanted: string, live: Live): void => {
  const there = targets(home, project, live)
  if (!there.includes(Number(wanted))) throw releaseGone(project, wanted, there, live.release)
}

/** Finds the last good release before the live one. A release that somebody went back from is not good. */
const lastGoodBefore = (home: string, project: string, live: Live): number | undefined => {
  const records = releaseRecords(home, project)
  const isGood = (number: number): boolean => {
    const record = records.find(({ release }) => release === number)
    // A release without a record was good, or it would not be on disk.
    return record === undefined || record.outcome === 'good'
  }
  return targets(home, project, live)
    .filter(number => number < live.release && isGood(number))
    .at(-1)
}
