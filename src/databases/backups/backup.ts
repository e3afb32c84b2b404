import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { changeBackups, readBackups } from '../../state/backups.js'
import { type Database, readDatabase } from '../../state/database.js'
import { settle } from '../alone.js'
import { noDatabase } from '../errors.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { backUpToStorage } from '../storage/back-up.js'
import { attempted } from './attempts.js'
import { countTables, makeBackup } from './make-backup.js'
import { protecting } from './protect.js'
import type { Backup } from './repository.js'
import { tidyCopies } from './tidy.js'
import { backupLock, keptOf } from './tool.js'
import { tidyScratch } from './verify.js'

/**
 * Makes a backup of the live cluster, on this machine and in the storage, and notes how that ended.
 * @param full whether to make a full one in any case.
 * @returns the new backup.
 * @throws GatlingError NO_DATABASE or DATABASE_FAILED; STORAGE_MISSED: the backup is only on this machine.
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
  const missed = await backUpToStorage(project, full, emit).then(
    () => null,
    (error: unknown) => error,
  )
  // If something cannot be removed today, tomorrow's backup removes it.
  await tidy(project, emit).catch(error =>
    emit({ type: 'warning', text: `old databases are still there: ${String(error)}` }),
  )
  if (missed !== null) throw missed
  return made
}

const tidy = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  await tidyScratch(project)
  await tidyCopies(project, new Date(), emit)
}

/**
 * Begins the backups of a new database. If it has a backup already, its timer makes the next.
 * @throws as {@link backUp} does.
 */
export const backUpFirst = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  if (readBackups(project)?.good_at == null) await backUp(project, true, emit)
}

const make = async (database: Database, full: boolean, emit: (event: EventBody) => void): Promise<Backup> => {
  const { project, cluster } = database
  await runActions(
    [...protecting(project, cluster), makeBackup(database, full, 'here'), countTables(database, 'here')],
    {
      verb: 'backup',
      project,
      kept: 'The database serves as before.',
      emit,
    },
  )
  const made = (await keptOf(project, cluster)).backups.at(-1)
  if (!made) throw noDatabase(project)
  return made
}
