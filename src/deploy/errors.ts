import { type AskedTask, isBuild } from '../core/env.js'
import { error } from '../core/error.js'
import { list } from '../core/error-text.js'

export const cancelled = error(
  'CANCELLED',
  'Somebody stopped the deploy with `gatling cancel`.',
  (who: string, task: AskedTask) => ({
    message: `cancelled by ${who}`,
    hint: isBuild(task)
      ? 'Deploy the same commit with `gatling redeploy`, or push another.'
      : `${whatIsLeft(task)}. ${askAgain(task)}.`,
  }),
)

export const interrupted = error(
  'INTERRUPTED',
  'The process of a deploy was killed, or the machine went down.',
  (task: AskedTask, step: string | null, migrates: boolean) => ({
    message: `the ${isBuild(task) ? 'deploy' : task} was interrupted: its process was killed${step === null ? '' : ` in ${step}`}`,
    hint: `${whatIsLeft(task)}. ${isBuild(task) ? 'Push again, or `gatling redeploy`' : askAgain(task)}${migrates ? `; what ${schemaChange(task)} by then stays, and the next deploy lists what is pending` : ''}.`,
  }),
)

const schemaChange = (task: AskedTask): string =>
  task === 'rollback' ? 'it has rolled back in the database' : 'its migrations have done to the database'

/** What a run that did not come to its end leaves: of an unload nothing is undone. */
const whatIsLeft = (task: AskedTask): string =>
  task === 'unload' ? 'What was removed by then stays removed' : 'Nothing is left to undo'

const askAgain = (task: AskedTask): string => `Where the ${task} is still wanted, ask for it again`

export const superseded = error(
  'SUPERSEDED',
  'What was asked for later took the place of this one while it waited.',
  ({ run, task, revision, holds }: Successor) => ({
    message: `not done: ${task} ${run}${isBuild(task) ? ` of ${revision.slice(0, 7)}` : ''}, asked for later, took its place while it waited`,
    hint: successorHint(run, task, holds),
  }),
)

/** What took the place of a run that waited, and whether the commit of that run is in its history. */
interface Successor {
  readonly run: number
  readonly task: AskedTask
  readonly revision: string
  readonly holds: boolean
}

const successorHint = (run: number, task: AskedTask, holds: boolean): string => {
  const over = `when ${task} ${run} is over`
  if (!isBuild(task)) return `It does not hold this one: where it is still wanted, ask for it again ${over}.`
  if (holds) return 'Nothing to do: the newer one holds this commit.'
  return `It does not hold this commit: where this one is still wanted, pull ${over}, and push again.`
}

export const unloaded = error(
  'UNLOADED',
  'The app was unloaded while a deploy of it waited.',
  (project: string) => ({
    message: `${project} was unloaded, with its repository, config values and history`,
    hint: `\`gatling load ${project}\` makes it anew; then push again.`,
  }),
)

export const noRevision = error(
  'NO_REVISION',
  'There is nothing to deploy yet.',
  (project: string, branch: string | null) => ({
    message: `nothing was pushed to ${project}${branch ? `'s branch ${branch}` : ''} yet`,
    hint: 'Push first: `git push production main`.',
  }),
)

export const notDeployed = error(
  'NOT_DEPLOYED',
  'The app has not been deployed, so it cannot be upgraded.',
  (project: string) => ({
    message: `${project} is not deployed yet, so there is nothing to upgrade`,
    hint: `Push it, or deploy what was pushed with \`gatling deploy ${project}\`.`,
  }),
)

export const alreadyDeployed = error(
  'ALREADY_DEPLOYED',
  'The app is deployed already; its first deploy cannot be done again.',
  (project: string) => ({
    message: `${project} is deployed already`,
    hint: `Use \`gatling upgrade ${project}\`, or \`gatling redeploy ${project}\`.`,
  }),
)

export const noReleaseBefore = error(
  'NO_RELEASE_BEFORE',
  'There is no older release to go back to.',
  (project: string, live: number) => ({
    message: `there is no release of ${project} older than ${live}, which serves`,
    hint: 'Revert the commit and push.',
  }),
)

export const releaseGone = error(
  'RELEASE_GONE',
  'The release to go back to is not on disk, or is the one that serves.',
  (project: string, wanted: string, kept: readonly number[], live: number) => ({
    message: `${project} cannot go to release ${wanted}: ${Number(wanted) === live ? 'it is the one that serves' : 'it is not on disk, or not as a whole'}`,
    hint: kept.length > 0 ? `There are: ${list(kept.map(String))}.` : 'Revert the commit and push.',
  }),
)

export const revisionBad = error(
  'REVISION_BAD',
  'The revision was deployed before, was found to be bad while it was watched, and is not deployed again.',
  (
    project: string,
    mark: { revision: string; release: number; at: string; code: string; message: string },
  ) => ({
    message: `revision ${mark.revision.slice(0, 7)} was taken back when it was deployed as release ${mark.release}, ${mark.at}: ${mark.message} (${mark.code})`,
    hint: `Correct the app and push that. To try the same once more: \`git push -o force production\` or \`gatling redeploy ${project} --force\`; config values that have changed are reason enough.`,
  }),
)

export const retryNothing = error(
  'RETRY_NOTHING',
  'The last deploy did not fail, so there is nothing to go on with.',
  (project: string) => ({
    message: `the last deploy of ${project} did not fail, or was a rollback or a plan: there is nothing to go on with`,
    hint: `\`gatling redeploy ${project}\` deploys the last commit once more, from the beginning.`,
  }),
)

export const retryFrom = error(
  'RETRY_FROM',
  'A retry cannot begin with this step.',
  (step: string, near: string | undefined, starts: readonly string[]) => ({
    message: `a retry cannot begin with ${step}${near ? `; did you mean ${near}?` : ''}: what comes before it is not there, or was undone`,
    hint: `It may begin with ${list(starts)}.`,
  }),
)

export const underWay = error(
  'UNDER_WAY',
  'A deploy is under way, or waits; how it ends decides what there is to go on with.',
  (project: string, run: number) => ({
    message: `deploy ${run} of ${project} is under way, or waits`,
    hint: `\`gatling attach ${project}\` watches it, \`gatling cancel ${project}\` stops it; then try again.`,
  }),
)

export const diskShort = error(
  'DISK_SHORT',
  'There is no room on the disk for a build.',
  (folder: string, free: number, needed: number) => ({
    message: `no space left for a build: ${megabytes(free)} are free where ${folder} is, and one as large as the last takes ${megabytes(needed)}, once built and once kept`,
    hint: 'What need not stay was removed already: failed releases, and all but the newest two. Make room, or let go of pinned ones (`gatling releases`), then push again.',
  }),
)

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`
