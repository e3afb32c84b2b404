import * as pgbackrest from '../../commands/pgbackrest.js'
import type { Action } from '../../core/action.js'
import { changeBackups, readBackups } from '../../state/backups.js'
import type { Database } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { runSql } from '../cluster.js'
import { countRows } from './counts.js'
import { restorable } from './points.js'
import type { Backup, Place } from './repository.js'
import { keptOf, lossesOf, refuseWithoutRoom, runTool, stanzaOf } from './tool.js'

/**
 * The age of the last full backup after which the next one is full, in ms. An hour less than a week, because timers
 * have a spread.
 */
const fullEveryMs = (7 * 24 - 1) * 3_600_000

/** Makes a backup. @param full whether to make a full one in any case. */
export const makeBackup = ({ project, cluster }: Database, full: boolean, place: Place): Action => ({
  name: place === 'here' ? 'make_backup' : 'make_storage_backup',
  run: async () => {
    const { backups } = await keptOf(project, cluster, place)
    const lastFull = backups.filter(({ kind }) => kind === 'full').at(-1)
    const isDue = !lastFull || Date.now() - lastFull.startedAt.getTime() > fullEveryMs
    const kind = full || isDue ? 'full' : 'incr'
    if (place === 'here') await refuseWithoutRoomFor(project, cluster, kind)
    await runTool(pgbackrest.backup(stanzaOf(project, cluster, place), kind))
  },
})

const refuseWithoutRoomFor = async (
  project: string,
  cluster: Database['cluster'],
  kind: pgbackrest.Kind,
): Promise<void> => {
  const [row] = await runSql(cluster, 'SELECT sum(pg_database_size(oid)) FROM pg_database', 'postgres')
  refuseWithoutRoom('a backup', serverPaths.backupFolder(project), kind === 'full' ? Number(row?.[0]) : 0)
}

/** Counts the tables right after the backup and archives the WAL until then, for the proof. */
export const countTables = ({ project, cluster }: Database, place: Place): Action => ({
  name: place === 'here' ? 'count_tables' : 'count_tables_again',
  run: async () => {
    const counts = await countRows(cluster)
    await archiveNow(project, cluster, place)
    const all: Backup[] = []
    for (const copy of readBackups(project)?.copies ?? [])
      all.push(...(await keptOf(project, copy.cluster, place)).backups)
    const ids = all.filter(({ stanza }) => stanza === cluster.name).map(({ id }) => id)
    // An id begins with its time. The storage keeps its backups as long as this machine does.
    const isKept = ([id]: readonly [string, unknown]): boolean => place !== 'here' || id >= (ids[0] ?? '')
    await changeBackups(project, known => ({
      ...known,
      points: place === 'here' ? restorable(known, all, lossesOf(project)) : known.points,
      proved: Object.fromEntries(Object.entries(known.proved).filter(isKept)),
      counts: {
        ...Object.fromEntries(Object.entries(known.counts).filter(isKept)),
        ...Object.fromEntries(ids.slice(-1).map(id => [id, counts])),
      },
    }))
  },
})

/**
 * Archives everything committed until now. PostgreSQL can replay until a time only if a later transaction exists, so
 * this commits one.
 */
export const archiveNow = async (
  project: string,
  cluster: Database['cluster'],
  place: Place = 'here',
): Promise<void> => {
  await runSql(cluster, 'SELECT pg_current_xact_id()', 'postgres')
  await runTool(pgbackrest.check(stanzaOf(project, cluster, place)))
}
