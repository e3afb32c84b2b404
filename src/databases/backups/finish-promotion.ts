import type { EventBody } from '../../core/event.js'
import { type Copy, changeBackups, readBackups } from '../../state/backups.js'
import { type Cluster, type Database, readDatabase, writeDatabase } from '../../state/database.js'
import { awaitRuns } from '../renew.js'
import {
  liveUrl,
  loginIn,
  readUrl,
  urlOf,
  writeKeptUrls,
  writeNextUrl,
  writeUrl,
  writeUrlFor,
} from '../url.js'
import { servedBy } from './copies.js'
import { throwWalAway } from './protect.js'

/** Brings a promotion that was interrupted to an end: forward if its deploy went live, else back. */
export const finishPromotion = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const known = readBackups(project)
  const database = readDatabase(project)
  const copy = known?.copies.find(({ label }) => label === known.promoting)
  if (!database || !copy) return
  // Its deploy may be under way, still.
  await awaitRuns(project, emit)
  const { label, cluster } = copy
  if (isLiveOn(project, cluster)) {
    emit({ type: 'note', text: `finishes the interrupted promotion of ${label}, which serves already` })
    return noteServes(database, copy)
  }
  emit({ type: 'note', text: `takes back the interrupted promotion of ${label}` })
  await takeBack(database, copy)
  await throwWalAway(cluster).catch(() => {})
}

/** Notes that a promotion is under way, and has the next deploy use the copy. @param back an earlier release that uses it, too. */
export const pointAt = async (
  { project, cluster }: Database,
  copy: Copy,
  back: number | null,
): Promise<void> => {
  await changeBackups(project, known => ({ ...known, promoting: copy.label }))
  await move(project, cluster, copy.cluster, writeNextUrl)
  if (back !== null) await move(project, copy.cluster, copy.cluster, writeUrlFor(back))
}

/** Has the next deploy use what served before. */
export const takeBack = async ({ project, cluster }: Database, copy: Copy): Promise<void> => {
  // By the value of the next deploy it is known that there is something to take back, so that value goes last.
  await move(project, copy.cluster, cluster, writeKeptUrls)
  await move(project, copy.cluster, cluster, writeNextUrl)
  await changeBackups(project, known => ({ ...known, promoting: null }))
}

/** Notes which of the databases serves; no rollback goes back to the other one. */
export const noteServes = async (database: Database, copy: Copy): Promise<void> => {
  const { project } = database
  await move(project, copy.cluster, copy.cluster, writeUrl)
  writeDatabase({ ...database, cluster: copy.cluster })
  await changeBackups(project, known => servedBy(known, copy.label, new Date().toISOString()))
}

/** Has DATABASE_URL name another cluster; login and password stay. */
const move = async (
  project: string,
  from: Cluster,
  to: Cluster,
  write: (project: string, url: string) => Promise<void>,
): Promise<void> => {
  const url = readUrl(project) ?? ''
  const login = loginIn(url, { cluster: from })
  if (login !== null) await write(project, urlOf({ cluster: to }, login, new URL(url).password))
}

/** Whether the live release was deployed with the address of this cluster. */
export const isLiveOn = (project: string, cluster: Cluster): boolean =>
  loginIn(liveUrl(project), { cluster }) !== null
