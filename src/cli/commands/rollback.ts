import { notDeployed } from '../../deploy/errors.js'
import { startRun } from '../../runs/start.js'
import { backFrom, refuseGone } from '../../runs/target.js'
import { readApp, readManifest } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import type { AskedMode } from './deploy.js'
import { showOutlook } from './outlook.js'
import { watchRun } from './watch-run.js'

/** Goes back to the last good release before the one that serves, or to any that is still on disk; or says what that would do. */
export const rollback = async (
  project: string,
  wanted: string | undefined,
  options: {
    mode?: AskedMode
    codeOnly?: boolean
    keepSchema?: boolean
    withMigrations?: boolean
    without?: readonly string[]
    json?: boolean
    dryRun?: boolean
  },
): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const open = wanted === undefined
  if (!open) refuseGone(home, project, wanted, live)
  const release = open ? backFrom(home, project, live).release : Number(wanted)
  const mode = options.mode ?? null
  const codeOnly = options.codeOnly ?? false
  const schema = options.withMigrations ? 'down' : options.keepSchema ? 'keep' : 'refuse'
  if (options.dryRun)
    return showOutlook({ home, project, live, release, mode, codeOnly, schema }, options.json === true)
  const { revision } = readManifest(home, project, release)
  await watchRun(
    project,
    await startRun(home, project, {
      task: 'rollback',
      revision,
      branch,
      release,
      open,
      mode,
      codeOnly,
      schema,
      without: options.without ?? [],
    }),
    { json: options.json },
  )
}
