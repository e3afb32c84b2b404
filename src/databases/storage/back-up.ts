import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { changeBackups, type Stored } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { storageOf } from '../backups/config.js'
import { countTables, makeBackup } from '../backups/make-backup.js'
import { backupLock } from '../backups/tool.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { storing, withStored } from './attempt.js'
import { takingUp } from './take-up.js'

/**
 * Makes a backup in the storage elsewhere, if the app's backups go there, and notes how that ended.
 * @throws GatlingError STORAGE_MISSED.
 */
export const backUpToStorage = async (
  project: string,
  full: boolean,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const storage = storageOf(project)
  if (!storage) return
  await storing(
    project,
    storage,
    // Two at once could begin with the same full backup.
    () => whileLocked(backupLock(project), () => make(project, full, emit)),
    change => note(project, change),
  )
}

const make = (project: string, full: boolean, emit: (event: EventBody) => void): Promise<void> => {
  const database = databaseOf(project)
  return runActions(
    [
      ...takingUp(project, database.cluster),
      makeBackup(database, full, 'storage'),
      countTables(database, 'storage'),
    ],
    { verb: 'backup', project, kept: 'The database serves as before.', emit },
  )
}

/** Notes what status and doctor report. If the database was destroyed meanwhile, it notes nothing. */
export const note = async (project: string, change: Partial<Stored>): Promise<void> => {
  if (readDatabase(project) === null) return
  await changeBackups(project, known => ({ ...known, storage: withStored(known.storage, change) }))
}
