import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { notDeployed } from '../../deploy/errors.js'
import { refuseGone } from '../../runs/target.js'
import { readApp } from '../../state/apps.js'
import { type Copy, readBackups } from '../../state/backups.js'
import type { Database } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { whileAlone } from '../alone.js'
import { startAtBoot } from '../cluster.js'
import { databaseOf } from '../lookup.js'
import { swapInstance } from '../renew.js'
import { runActions } from '../run-actions.js'
import { closeOldPath, isOldPathOpen, openOldPath } from '../upgrade/switch.js'
import { isLiveOn } from '../url.js'
import { writeConfig } from './config.js'
import { hasOwnBackup, servedBefore, servingOf } from './copies.js'
import { copyUnfinished, promoteServes, valuesShared } from './errors.js'
import { noteServes, pointAt, takeBack } from './finish-promotion.js'
import { refreshLogins, startCluster } from './make-copy.js'
import { archiveWal, checkArchive, createStanza } from './protect.js'

/**
 * Makes the app use another of its databases, by a swap. The old database stays beside it. The new one has no backup
 * yet.
 * @param back an earlier release that replaces the live one in the same swap.
 * @returns the label of the old database.
 * @throws GatlingError NO_DATABASE, COPY_UNFINISHED, PROMOTE_SERVES, RELEASE_GONE, VALUES_SHARED or DATABASE_FAILED.
 */
export const promote = (
  project: string,
  label: string,
  back: number | null,
  emit: (event: EventBody) => void,
): Promise<string> =>
  whileAlone(project, emit, async () => {
    const database = databaseOf(project)
    const known = readBackups(project)
    const copy = known?.copies.find(one => one.label === label && one.state === 'there')
    if (!known || !copy) throw copyUnfinished(project, label)
    if (servingOf(known)?.label === label) {
      // An interrupted promotion came this far. Its first backup is still missing, and follows this command.
      if (hasOwnBackup(known)) throw promoteServes(project, label)
      return servedBefore(known)
    }
    if (back !== null) refuseRelease(project, back)
    await runActions(promoting(database, copy, back, emit), {
      verb: 'promote',
      project,
      more: back === null ? label : `${label} --release ${back}`,
      kept: 'The database that served before still serves.',
      emit,
    })
    // This is not one of the actions: the database is live, and nothing can be undone from here on.
    await noteServes(database, copy)
    return servingOf(known)?.label ?? 'r0'
  })

/** @throws GatlingError NOT_DEPLOYED, RELEASE_GONE or VALUES_SHARED. */
const refuseRelease = (project: string, back: number): void => {
  const { home } = serverPaths
  const { live } = readApp(home, project)
  if (!live) throw notDeployed(project)
  refuseGone(home, project, String(back), live)
  // The release's values show whether the deploy went live.
  if (live.config === back) throw valuesShared(project, back)
}

const promoting = (
  database: Database,
  copy: Copy,
  back: number | null,
  emit: (event: EventBody) => void,
): readonly Action[] => {
  const { project } = database
  const { cluster } = copy
  const wasOpen = isOldPathOpen(cluster)
  return [
    {
      name: 'start_copy',
      // An upgrade keeps the old one from starting by itself, and its path can lead to the newer one.
      run: async () => {
        closeOldPath(cluster)
        await startAtBoot(cluster, true)
        await startCluster(cluster)
      },
      undo: async () => {
        if (!wasOpen) return
        await startAtBoot(cluster, false)
        openOldPath(cluster, database.cluster)
      },
    },
    { name: 'refresh_logins', run: () => refreshLogins(database, cluster) },
    { name: 'configure_backups', run: () => writeConfig(project) },
    createStanza(project, cluster),
    { ...archiveWal(project, cluster), isMade: () => false },
    checkArchive(project, cluster),
    {
      name: 'set_database_url',
      run: () => pointAt(database, copy, back),
      undo: () => takeBack(database, copy),
    },
    swapInstance(project, () => isLiveOn(project, cluster), emit, back),
  ]
}
