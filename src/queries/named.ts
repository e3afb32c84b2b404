import { subjectOf } from '../runs/target.js'
import { readManifest } from '../state/apps.js'
import { releaseRecords } from '../state/releases.js'

/** A release, as answers about two releases name it. */
export interface Named {
  readonly release: number
  readonly revision: string
  readonly subject: string
  /** The person who deployed it; null: the records of its deploy are gone. */
  readonly by: string | null
  /** The time of the request for it, ISO 8601. */
  readonly at: string | null
}

/** Names a release. @param release a release that is on disk. */
export const namedOf = async (home: string, project: string, release: number): Promise<Named> => {
  const { revision } = readManifest(home, project, release)
  const request = releaseRecords(home, project).find(one => one.release === release)?.run.request
  return {
    release,
    revision,
    subject: request?.subject ?? (await subjectOf(home, project, revision)),
    by: request?.pusher ?? null,
    at: request?.at ?? null,
  }
}
