import * as du from '../commands/du.js'
import { runCommand } from '../hosts/capture.js'
import { readApp } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { type ReleaseRecord, readPins, releaseRecords } from '../state/releases.js'
import { recordsGone } from './errors.js'

/** A release, as `gatling releases --json` prints it. */
export interface Release {
  readonly release: number
  readonly outcome: ReleaseRecord['outcome']
  readonly serves: boolean
  readonly pinned: boolean
  readonly mode: string | null
  readonly revision: string
  readonly subject: string
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  /** Its size on disk, in bytes; null: it is no longer on disk. */
  readonly bytes: number | null
}

/** How many of the newest releases are reported, in addition to those on disk. */
const reported = 20

/**
 * Returns the releases of an app, the newest first, with their outcomes and sizes.
 * @throws GatlingError PROJECT_UNKNOWN, STATE_BROKEN or RECORDS_GONE.
 */
export const releasesOf = async (home: string, project: string): Promise<readonly Release[]> => {
  const { live } = readApp(home, project)
  const records = releaseRecords(home, project)
  if (records.length === 0 && live) throw recordsGone(project, appPaths(home, project).runs, live.release)
  const shown = records.filter(({ path }, index) => path !== null || index >= records.length - reported)
  const pins = readPins(home, project)
  const bytes = await sizesOf(home, project)
  return shown.reverse().map(record => factsOf(record, live?.release ?? null, pins, bytes))
}

const sizesOf = async (home: string, project: string): Promise<ReadonlyMap<string, number>> =>
  du.parseSizes((await runCommand(du.sizes(appPaths(home, project).deploy))).stdout)

const factsOf = (
  { release, run, outcome, path }: ReleaseRecord,
  live: number | null,
  pins: readonly number[],
  bytes: ReadonlyMap<string, number>,
): Release => ({
  release,
  outcome,
  serves: release === live,
  pinned: pins.includes(release),
  mode: run.result?.mode ?? null,
  revision: run.request.revision,
  subject: run.request.subject,
  by: run.request.pusher,
  at: run.request.at,
  bytes: path === null ? null : (bytes.get(path) ?? null),
})
