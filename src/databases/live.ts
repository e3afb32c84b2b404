import { type Backups, readBackups } from '../state/backups.js'
import { type Database, readDatabase } from '../state/database.js'
import { promotedTo } from './backups/copies.js'
import { isLiveOn } from './url.js'

/** Root's records of an app's database, and of its backups; null: there is none. */
export interface Records {
  readonly database: Database | null
  readonly backups: Backups | null
}

/**
 * Reads the records, for a report. A promotion or an upgrade is live before it is recorded. If it is killed in between,
 * the next command that changes the database records it, so a report does not wait for that.
 * @throws GatlingError STATE_BROKEN.
 */
export const liveRecords = (project: string): Records => {
  const [database, backups] = [readDatabase(project), readBackups(project)]
  const copy = backups?.copies.find(({ label }) => label === backups.promoting)
  if (!database || !backups || !copy || !isLiveOn(project, copy.cluster)) return { database, backups }
  return {
    database: { ...database, cluster: copy.cluster },
    backups: promotedTo(backups, copy, new Date().toISOString()),
  }
}
