import { noReleaseBefore, notDeployed, releaseGone } from '../../core/errors.js'
import { startRun } from '../../deploy/start.js'
import { listReleases, readApp, readManifest } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { releaseRecords } from '../../state/releases.js'
import type { AskedMode } from './deploy.js'
import { watchRun } from './watch-run.js'

/** To the last good release before the one that serves, or to any that is still on disk. */
export const rollback = async (
  project: string,
  wanted: string | undefined,
  options: { mode?: AskedMode; codeOnly?: boolean; keepSchema?: boolean; withMigrations?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const releases = listReleases(home, project).filter(number => number !== live.release)
  const release = wanted === undefined ? lastGoodBefore(home, project, live.release) : Number(wanted)
  if (release === undefined) throw noReleaseBefore(project, live.release)
  if (!releases.includes(release)) throw releaseGone(project, wanted ?? '', releases, live.release)
  const { revision } = readManifest(home, project, release)
  const mode = options.mode ?? null
  await watchRun(
    project,
    await startRun(home, project, {
      task: 'rollback',
      revision,
      branch,
      release,
      mode,
      codeOnly: options.codeOnly ?? false,
      schema: options.withMigrations ? 'down' : options.keepSchema ? 'keep' : 'refuse',
    }),
  )
}

/** One that somebody went back from is not good; nor is one that is no longer on disk. */
const lastGoodBefore = (home: string, project: string, live: number): number | undefined => {
  const there = listReleases(home, project).filter(number => number < live)
  const records = releaseRecords(home, project)
  const isGood = (number: number): boolean => {
    const record = records.find(({ release }) => release === number)
    // What history has forgotten was good, or it would not be there.
    return record === undefined || record.outcome === 'good'
  }
  return there.filter(isGood).at(-1)
}
