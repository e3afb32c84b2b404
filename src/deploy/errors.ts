import { type AskedTask, isBuild } from '../core/env.js'
import { error } from '../core/error.js'
import { list } from '../core/error-text.js'

/** Says what a run left that ended early. An unload cannot be undone. */
const whatIsLeft = (task: AskedTask): string =>
  task === 'unload' ? 'The parts that it removed stay removed' : 'Nothing is left to undo'

export const cancelled = error(
  'CANCELLED',
  'Somebody stopped the deploy with `gatling cancel`.',
  (who: string, task: AskedTask, project: string) => ({
    message: `cancelled by ${who}`,
    hint: isBuild(task)
      ? `Deploy the same commit with \`gatling redeploy ${project}\`, or push another.`
      : `${whatIsLeft(task)}. If you still want the ${task}, run it again.`,
  }),
)

export const interrupted = error(
  'INTERRUPTED',
  'The process of a deploy was killed, or the machine went down.',
  (task: AskedTask, step: string | null, project: string, migrates: boolean) => ({
    message: `the ${isBuild(task) ? 'deploy' : task} was interrupted: its process was killed${step === null ? '' : ` in ${step}`}`,
    hint: `${whatIsLeft(task)}${migrates ? `, but ${schemaChange(task)}` : ''}. ${isBuild(task) ? `Push again, or run \`gatling redeploy ${project}\`` : `If you still want the ${task}, run it again`}.`,
  }),
)

const schemaChange = (task: AskedTask): string =>
  task === 'rollback'
    ? 'migrations that it rolled back stay rolled back; the next deploy lists what is pending'
    : 'migrations that it ran stay; the next deploy lists what is pending'

/** The run that replaced a waiting run. `holds`: its history contains the commit of that run. */
interface Successor {
  readonly run: number
  readonly task: AskedTask
  readonly revision: string
  readonly holds: boolean
}

export const superseded = error(
  'SUPERSEDED',
  'A newer deploy took the place of this one while it waited.',
  ({ run, task, revision, holds }: Successor) => ({
    message: `not done, because the newer ${task} ${run}${isBuild(task) ? ` of ${revision.slice(0, 7)}` : ''} took its place while it waited`,
    hint: successorHint(task, run, holds),
  }),
)

const successorHint = (task: AskedTask, run: number, holds: boolean): string => {
  const after = `after ${task} ${run} has ended`
  if (!isBuild(task))
    return `The ${task} does not include this one. If you still want this one, ask for it again ${after}.`
  if (holds) return 'Nothing to do: the newer deploy includes this commit.'
  return `The newer deploy does not include this commit. If you still want it, pull and push again ${after}.`
}

export const unloaded = error(
  'UNLOADED',
  'Somebody unloaded the app while a deploy of it waited.',
  (project: string) => ({
    message: `${project} was unloaded, with its repository, config values and history`,
    hint: `Load it again with \`gatling load ${project}\`, then push.`,
  }),
)

export const noRevision = error(
  'NO_REVISION',
  'There is nothing to deploy yet.',
  (project: string, branch: string | null) => ({
    message: `nobody has pushed to ${branch === null ? project : `the branch ${branch} of ${project}`} yet`,
    hint: 'Push first: `git push production main`.',
  }),
)

export const notDeployed = error('NOT_DEPLOYED', 'The app is not deployed yet.', (project: string) => ({
  message: `${project} is not deployed yet`,
  hint: `Push it. If it was pushed already, run \`gatling deploy ${project}\`.`,
}))

export const alreadyDeployed = error(
  'ALREADY_DEPLOYED',
  'The app is deployed already, so its first deploy cannot happen again.',
  (project: string) => ({
    message: `${project} is deployed already`,
    hint: `Use \`gatling upgrade ${project}\`, or \`gatling redeploy ${project}\`.`,
  }),
)

export const noReleaseBefore = error(
  'NO_RELEASE_BEFORE',
  'There is no older release to go back to.',
  (project: string, live: number) => ({
    message: `${project} has no release older than ${live}, which is live`,
    hint: 'Revert the commit and push.',
  }),
)

export const releaseGone = error(
  'RELEASE_GONE',
  'The release to go back to is not on disk, or is already live.',
  (project: string, wanted: string, kept: readonly number[], live: number) => ({
    message: `${project} cannot go to release ${wanted}, because it is ${Number(wanted) === live ? 'already live' : 'not on disk, or not complete'}`,
    hint:
      kept.length > 0
        ? `Choose one of the releases on disk: ${list(kept.map(String))}.`
        : 'Revert the commit and push.',
  }),
)

/** Returns the message of a watch without what the app wrote. */
const withoutOutput = (message: string): string => message.replace(/\.(?: It wrote:)?\n.*$/s, '')

export const revisionBad = error(
  'REVISION_BAD',
  'Gatling deployed this revision before, found it bad while it watched it, and reverted it.',
  (
    project: string,
    mark: { revision: string; release: number; at: string; code: string; message: string },
  ) => ({
    message: `Gatling deployed revision ${mark.revision.slice(0, 7)} as release ${mark.release} and reverted it on ${mark.at}, because ${withoutOutput(mark.message)} (${mark.code})`,
    hint: `Fix the app and push that. To try the same revision again, for example after a change of config values: \`git push -o force production\` or \`gatling redeploy ${project} --force\`.`,
  }),
)

export const retryNothing = error(
  'RETRY_NOTHING',
  'There is no failed deploy to retry.',
  (project: string) => ({
    message: `there is nothing to retry: the last deploy of ${project} did not fail, or it was a rollback or a plan`,
    hint: `To deploy the last commit again from the beginning, run \`gatling redeploy ${project}\`.`,
  }),
)

export const retryFrom = error(
  'RETRY_FROM',
  'A retry cannot begin with this step.',
  (step: string, near: string | undefined, starts: readonly string[]) => ({
    message: `a retry cannot begin with ${step}, because the results of the steps before it are gone${near ? `; did you mean ${near}?` : ''}`,
    hint: `Begin with one of ${list(starts)}.`,
  }),
)

export const underWay = error(
  'UNDER_WAY',
  'A deploy runs or waits, and a retry depends on how it ends.',
  (project: string, run: number) => ({
    message: `deploy ${run} of ${project} runs or waits`,
    hint: `\`gatling attach ${project}\` watches it, \`gatling cancel ${project}\` stops it. Try again after it has ended.`,
  }),
)

export const diskShort = error(
  'DISK_SHORT',
  'There is too little room on the disk for a build.',
  (folder: string, free: number, needed: number) => ({
    message: `no space left for a build. It needs about ${megabytes(needed)} (two copies of the last release), and ${folder} has ${megabytes(free)} free`,
    hint: 'Gatling has already removed failed releases, and all but the newest two. Make room, or unpin a release (`gatling releases`), then push again.',
  }),
)

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`

export const stackChanged = error(
  'STACK_CHANGED',
  'The pushed revision is another kind of app than the live release.',
  (project: string, stack: string) => ({
    message: `this revision is of the kind ${stack}, and the live release of ${project} is another kind of app`,
    hint: `Push it to another name, or remove the live release first: \`gatling unload ${project}\`.`,
  }),
)
