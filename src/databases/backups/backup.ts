import * as pgbackrest from '../../commands/pgbackrest.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { changeBackups, readBackups } from '../../state/backups.js'
import { type Database, readDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { type Action, runActions } from '../action.js'
import { settle } from '../alone.js'
import { runSql } from '../cluster.js'
import { noDatabase } from '../errors.js'
import { databaseOf } from '../lookup.js'
import { attempted } from './attempts.js'
import { countRows } from './counts.js'
import { restorable } from './points.js'
import { protecting } from './protect.js'
import type { Backup } from './repository.js'
import { tidyCopies } from './tidy.js'
import { keptOf, lossesOf, refuseWithoutRoom, runTool, stanzaOf } from './tool.js'
import { tidyScratch } from './verify.js'

/** Held while a backup is made. */
export const backupLock = (project: string): string => serverPaths.lock(`backup-${project}`)

/** A full backup is made when the last one is older than this, in ms: an hour less than a week, as timers have a spread. */
const fullEveryMs = (7 * 24 - 1) * 3_600_000

/**
 * Makes a backup of the cluster that serves, and notes how that ended.
 * @param full a full one, whatever there is already.
 * @returns the new backup.
 * @throws GatlingError NO_DATABASE or DATABASE_FAILED.
 */
export const backUp = async (
  project: string,
  full: boolean,
  emit: (event: EventBody) => void,
): Promise<Backup> => {
  databaseOf(project)
  const made = await attempted(
    async () => {
      await settle(project, emit)
      return whileLocked(backupLock(project), () => make(databaseOf(project), full, emit))
    },
    async (last, done) => {
      // If the database was destroyed meanwhile, nothing is noted.
      if (readDatabase(project) === null) return
      await changeBackups(project, known => ({
        ...known,
        last,
        good_at: done?.startedAt.toISOString() ?? known.good_at,
      }))
    },
  )
  // What cannot be removed today is removed tomorrow.
  await tidy(project, emit).catch(error =>
    emit({ type: 'warning', text: `old databases are still there: ${String(error)}` }),
  )
  return made
}

const tidy = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  await tidyScratch(project)
  await tidyCopies(project, new Date(), emit)
}

/** Begins the backups of a new database. One that has a backup is left to its timer. @throws as {@link backUp} does. */
export const backUpFirst = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  if (readBackups(project)?.good_at == null) await backUp(project, true, emit)
}

const make = async (database: Database, full: boolean, emit: (event: EventBody) => void): Promise<Backup> => {
  const { project, cluster } = database
  await runActions([...protecting(project, cluster), makeBackup(database, full), countTables(database)], {
    verb: 'backup',
    project,
    kept: 'The database serves as before.',
    emit,
  })
  const made = (await keptOf(project, cluster)).backups.at(-1)
  if (!made) throw noDatabase(project)
  return made
}

const makeBackup = ({ project, cluster }: Database, full: boolean): Action => ({
  name: 'make_backup',
  run: async () => {
    const { backups } = await keptOf(project, cluster)
    const lastFull = backups.filter(({ kind }) => kind === 'full').at(-1)
    const isDue = !lastFull || Date.now() - lastFull.startedAt.getTime() > fullEveryMs
    const kind = full || isDue ? 'full' : 'incr'
    const [row] = await runSql(cluster, 'SELECT sum(pg_database_size(oid)) FROM pg_database', 'postgres')
    refuseWithoutRoom('a backup', serverPaths.backupFolder(project), kind === 'full' ? Number(row?.[0]) : 0)
    await runTool(pgbackrest.backup(stanzaOf(project, cluster), kind))
  },
})

/** For the proof: what is in the tables right after the backup, and the WAL until then. */
const countTables = ({ project, cluster }: Database): Action => ({
  name: 'count_tables',
  run: async () => {
    const counts = await countRows(cluster)
    await archiveNow(project, cluster)
    const all: Backup[] = []
    for (const copy of readBackups(project)?.copies ?? [])
      all.push(...(await keptOf(project, copy.cluster)).backups)
    const ids = all.filter(({ stanza }) => stanza === cluster.name).map(({ id }) => id)
    const isKept = ([id]: readonly [string, unknown]): boolean => ids.includes(id)
    await changeBackups(project, known => ({
      ...known,
      points: restorable(known, all, lossesOf(project)),
      proved: Object.fromEntries(Object.entries(known.proved).filter(isKept)),
      counts: {
        ...Object.fromEntries(Object.entries(known.counts).filter(isKept)),
        ...Object.fromEntries(ids.slice(-1).map(id => [id, counts])),
      },
    }))
  },
})

/**
 * Has everything that was committed until now in the archive. PostgreSQL can replay until a time only if a transaction came
 * after it, so this commits one.
 */
export const archiveNow = async (project: string, cluster: Database['cluster']): Promise<void> => {
  await runSql(cluster, 'SELECT pg_current_xact_id()', 'postgres')
  await runTool(pgbackrest.check(stanzaOf(project, cluster)))
}
