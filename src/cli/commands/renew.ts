import type { Live } from '../../core/live.js'
import { notDeployed } from '../../deploy/errors.js'
import { startRun } from '../../runs/start.js'
import { readApp, readManifest } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { watchRun } from './watch-run.js'

/** Deploys the commit that serves once more, in a fresh instance, or goes back to a release: for values that it has to take. */
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

/** Its config values name a database that has its schema. */
const to = (home: string, project: string, release: number) => {
  const { revision } = readManifest(home, project, release)
  return { task: 'rollback', revision, release, schema: 'restored' } as const
}
