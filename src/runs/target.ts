import * as git from '../commands/git.js'
import type { Live } from '../core/live.js'
import { noReleaseBefore, noRevision, releaseGone } from '../deploy/errors.js'
import { runCommand } from '../hosts/capture.js'
import { isWhole, listReleases, readApp, readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { releaseRecords } from '../state/releases.js'
import { decideRun, type RunRequest } from '../state/runs.js'

/** What a deploy goes to. */
export interface Target {
  readonly revision: string
  /** The one on disk that it goes back to; null: it makes one. */
  readonly release: number | null
}

/** The commit the deploy branch points to. @throws GatlingError NO_REVISION. */
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
  /** The first line of its message. */
  readonly subject: string
}

/** The commit that a name stands for, also one of a tag; null: none. */
export const commitNamed = async (home: string, project: string, name: string): Promise<Commit | null> => {
  const { status, stdout } = await runCommand(git.describe(appPaths(home, project).repository, name))
  const [revision = '', subject = ''] = stdout.split('\n')
  return status === 0 ? { revision, subject } : null
}

/** The first line of a commit's message; of a commit that is gone, nothing. */
export const subjectOf = async (home: string, project: string, revision: string): Promise<string> =>
  (await commitNamed(home, project, revision))?.subject ?? ''

/** To the last good release before the one that serves. @throws GatlingError NO_RELEASE_BEFORE. */
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
 * What a run goes to, now that its turn has come: where that was left open, what was deployed before it decides.
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

/** The releases that somebody can go to, oldest first: what a deploy that was interrupted left is none. */
const targets = (home: string, project: string, live: Live): number[] =>
  listReleases(home, project).filter(number => number !== live.release && isWhole(home, project, number))

/** @throws GatlingError RELEASE_GONE when it is not on disk, or never was. */
export const refuseGone = (home: string, project: string, wanted: string, live: Live): void => {
  const there = targets(home, project, live)
  if (!there.includes(Number(wanted))) throw releaseGone(project, wanted, there, live.release)
}

/** One that somebody went back from is not good; nor is one that is no longer on disk. */
const lastGoodBefore = (home: string, project: string, live: Live): number | undefined => {
  const records = releaseRecords(home, project)
  const isGood = (number: number): boolean => {
    const record = records.find(({ release }) => release === number)
    // A release that the history has forgotten was good, or it would not be there.
    return record === undefined || record.outcome === 'good'
  }
  return targets(home, project, live)
    .filter(number => number < live.release && isGood(number))
    .at(-1)
}
