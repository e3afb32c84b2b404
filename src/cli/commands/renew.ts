import type { Live } from '../../core/live.js'
import { notDeployed } from '../../deploy/errors.js'
import { startRun } from '../../runs/start.js'
import { readApp, readManifest } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { watchRun } from './watch-run.js'

/**
 * Deploys the live commit again in a new instance, or goes back to a release, so that the app gets changed config
 * values.
 */
export const renew = async (project: string, back: string | undefined): Promise<void> => {
  const home = gatlingHome()
  const { live, branch } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const number = await startRun(home, project, {
    branch,
    mode: 'swap',
    ...(back === undefined ? again(live) : to(home, project, Number(back))),
  })
  await watchRun(project, number)
}

const again = ({ revision }: Live) => ({ task: 'push', revision, force: true }) as const

/** Writes the request of a rollback to a release. Its config values name a database with its schema. */
const to = (home: string, project: string, release: number) => {
  const { revision } = readManifest(home, project, release)
  return { task: 'rollback', revision, release, schema: 'restored' } as const
}
