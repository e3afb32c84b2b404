import * as systemd from '../../commands/systemd.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { type Copy, changeBackups, readBackups } from '../../state/backups.js'
import { type Cluster, type Database, readDatabase, writeDatabase } from '../../state/database.js'
import { clusterPaths, startAtBoot } from '../cluster.js'
import { awaitRuns } from '../renew.js'
import {
  isLiveOn,
  loginIn,
  readUrl,
  urlOf,
  writeKeptUrls,
  writeNextUrl,
  writeUrl,
  writeUrlFor,
} from '../url.js'
import { promotedTo } from './copies.js'
import { removeFollower } from './follower.js'
import { gatherStatistics } from './make-copy.js'
import { throwWalAway } from './protect.js'

/** Ends an interrupted promotion: completes it if its deploy went live, otherwise undoes it. */
export const finishPromotion = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const known = readBackups(project)
  const database = readDatabase(project)
  const copy = known?.copies.find(({ label }) => label === known.promoting)
  if (!database || !copy) return
  // Its deploy can still be running.
  await awaitRuns(project, emit)
  const { label, cluster } = copy
  const what = copy.upgraded_from === undefined ? 'promotion of' : 'upgrade to'
  if (isLiveOn(project, cluster)) {
    emit({ type: 'note', text: `finishes the interrupted ${what} ${label}, which serves already` })
    await noteServes(database, copy)
    if (copy.upgraded_from !== undefined) await gatherStatistics(cluster)
    return
  }
  emit({ type: 'note', text: `takes back the interrupted ${what} ${label}` })
  await takeBack(database, copy)
  // An upgrade stops the live cluster at its end.
  await runCommand(systemd.start(clusterPaths(database.cluster).unit))
  await throwWalAway(cluster).catch(() => {})
}

/**
 * Notes that a promotion is running, and makes the next deploy use the copy.
 * @param back an earlier release that also uses it.
 */
export const pointAt = async (
  { project, cluster }: Database,
  copy: Copy,
  back: number | null,
): Promise<void> => {
  await changeBackups(project, known => ({ ...known, promoting: copy.label }))
  await move(project, cluster, copy.cluster, writeNextUrl)
  if (back !== null) await move(project, copy.cluster, copy.cluster, writeUrlFor(back))
}

/** Makes the next deploy use the database that was live before. */
export const takeBack = async ({ project, cluster }: Database, copy: Copy): Promise<void> => {
  // The value of the next deploy shows that there is something to undo, so it changes last.
  await move(project, copy.cluster, cluster, writeKeptUrls)
  await move(project, copy.cluster, cluster, writeNextUrl)
  await changeBackups(project, known => ({ ...known, promoting: null }))
}

/** Notes the live database. No rollback goes back to the other one. */
export const noteServes = async (database: Database, copy: Copy): Promise<void> => {
  const { project } = database
  await move(project, copy.cluster, copy.cluster, writeUrl)
  writeDatabase({ ...database, cluster: copy.cluster })
  await changeBackups(project, known => promotedTo(known, copy, new Date().toISOString()))
  if (copy.upgraded_from === undefined) return
  // The old cluster of an upgrade stays as it was then.
  await startAtBoot(database.cluster, false)
  await removeFollower(project, copy.cluster)
}

/** Makes DATABASE_URL name another cluster, with the same login and password. */
export const move = async (
  project: string,
  from: Cluster,
  to: Cluster,
  write: (project: string, url: string) => Promise<void>,
): Promise<void> => {
  const url = readUrl(project) ?? ''
  const login = loginIn(url, { cluster: from })
  if (login !== null) await write(project, urlOf({ cluster: to }, login, new URL(url).password))
}
