import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { runAs } from '../../server/run-as.js'
import { readApp } from '../../state/apps.js'
import { type Copy, changeBackups, readBackups } from '../../state/backups.js'
import { configOf, plainValues } from '../../state/config.js'
import { type Cluster, type Database, readDatabase, writeDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { type Action, runActions } from '../action.js'
import { noDatabase } from '../errors.js'
import { loginIn, readUrl, urlOf, writeNextUrl, writeUrl } from '../url.js'
import { servedBy, servingOf } from './copies.js'
import { copyUnfinished, promoteServes, swapFailed } from './errors.js'
import { refreshLogins, startCluster } from './make-copy.js'
import { archiveWal, createStanza, throwWalAway, writeConfig } from './protect.js'

/**
 * Has the app use another of its databases, by a swap. The one that served before stays beside it.
 * @returns the label of that one.
 * @throws GatlingError NO_DATABASE, COPY_UNFINISHED, PROMOTE_SERVES or DATABASE_FAILED.
 */
export const promote = (project: string, label: string, emit: (event: EventBody) => void): Promise<string> =>
  whileLocked(serverPaths.lock(`database-${project}`), async () => {
    await finishPromotion(project, emit)
    const database = readDatabase(project)
    if (!database) throw noDatabase(project)
    const copy = readBackups(project)?.copies.find(one => one.label === label && one.state === 'there')
    if (!copy) throw copyUnfinished(project, label)
    const before = servingOf(readBackups(project) ?? { copies: [] })
    if (before?.label === label) throw promoteServes(project, label)
    await runActions(promoting(database, copy), {
      verb: `promote ${label}`,
      project,
      kept: 'The database that served before still serves.',
      emit,
    })
    return before?.label ?? 'r0'
  })

const promoting = (database: Database, copy: Copy): readonly Action[] => {
  const { project } = database
  const { cluster, label } = copy
  return [
    { name: 'start_copy', run: () => startCluster(cluster) },
    { name: 'refresh_logins', run: () => refreshLogins(database, cluster) },
    { name: 'configure_backups', run: () => writeConfig(project) },
    createStanza(project, cluster),
    { ...archiveWal(project, cluster), isMade: () => false },
    {
      name: 'set_database_url',
      run: async () => {
        await changeBackups(project, known => ({ ...known, promoting: label }))
        await pointAt(project, database.cluster, cluster, writeNextUrl)
      },
      undo: async () => {
        await pointAt(project, cluster, database.cluster, writeNextUrl)
        await changeBackups(project, known => ({ ...known, promoting: null }))
      },
    },
    {
      name: 'swap_instance',
      isMade: () => readApp(serverPaths.home, project).live === null,
      run: async () => {
        const argv = [serverPaths.gatling, 'renew', project] as const
        const code = await runAs(project, { argv, verb: 'renew', attached: 'pipe' })
        // The deploy can have gone live, and its process have died before it said so.
        if (code !== 0 && !isLiveOn(project, cluster)) throw swapFailed(project)
      },
    },
    { name: 'note_promotion', run: () => noteServes(database, copy) },
  ]
}

/** Has DATABASE_URL name another cluster; login and password stay. */
const pointAt = async (
  project: string,
  from: Cluster,
  to: Cluster,
  write: (project: string, url: string) => Promise<void>,
): Promise<void> => {
  const url = readUrl(project) ?? ''
  const login = loginIn(url, { cluster: from })
  if (login !== null) await write(project, urlOf({ cluster: to }, login, new URL(url).password))
}

const noteServes = async (database: Database, copy: Copy): Promise<void> => {
  const { project, cluster } = database
  // No rollback goes back to the other one.
  await pointAt(project, copy.cluster, copy.cluster, writeUrl)
  if (cluster.name !== copy.cluster.name) writeDatabase({ ...database, cluster: copy.cluster })
  await changeBackups(project, known => servedBy(known, copy.label, new Date().toISOString()))
}

/** Whether the live release was deployed with the address of this cluster. */
const isLiveOn = (project: string, cluster: Cluster): boolean => {
  const { live } = readApp(serverPaths.home, project)
  if (!live) return false
  const url = plainValues(configOf(serverPaths.home, project, live.config))['DATABASE_URL'] ?? null
  return loginIn(url, { cluster }) !== null
}

/** Brings a promotion that was killed to an end: forward if the deploy went live, else back. */
const finishPromotion = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const known = readBackups(project)
  const database = readDatabase(project)
  const copy = known?.copies.find(({ label }) => label === known.promoting)
  if (!known || !database || !copy) return
  const { label, cluster } = copy
  if (isLiveOn(project, cluster)) {
    emit({ type: 'note', text: `finishes the interrupted promotion of ${label}, which serves already` })
    return noteServes(database, copy)
  }
  emit({ type: 'note', text: `takes back the interrupted promotion of ${label}` })
  await pointAt(project, cluster, database.cluster, writeNextUrl)
  await throwWalAway(cluster).catch(() => {})
  await changeBackups(project, now => ({ ...now, promoting: null }))
}
