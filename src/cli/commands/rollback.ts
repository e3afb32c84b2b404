import { noReleaseBefore, notDeployed, releaseGone } from '../../core/errors.js'
import { startRun } from '../../deploy/start.js'
import { listReleases, readApp, readManifest } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import type { AskedMode } from './deploy.js'
import { watchRun } from './watch-run.js'

/** To the release before the one that serves, or to any that is still on disk. */
export const rollback = async (
  project: string,
  wanted: string | undefined,
  options: { mode?: AskedMode; codeOnly?: boolean },
): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const releases = listReleases(home, project).filter(number => number !== live.release)
  const release =
    wanted === undefined ? releases.filter(number => number < live.release).at(-1) : Number(wanted)
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
    }),
  )
}
