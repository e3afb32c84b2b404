import { GatlingError } from '../../core/error.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { type Backups, changeBackups } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { addressOf } from '../../state/storage.js'
import { runActions } from '../action.js'
import { storageOf } from '../backups/config.js'
import { countTables, makeBackup } from '../backups/make-backup.js'
import { backupLock } from '../backups/tool.js'
import { databaseOf } from '../lookup.js'
import { storageMissed } from './errors.js'
import { takingUp } from './take-up.js'

type Noted = NonNullable<Backups['storage']>

/**
 * Makes a backup in the storage elsewhere, where the app's backups go there, and notes how that ended.
 * @throws GatlingError STORAGE_MISSED.
 */
export const backUpToStorage = async (
  project: string,
  full: boolean,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const storage = storageOf(project)
  if (!storage) return
  const began = new Date().toISOString()
  try {
    // One at a time: both could begin with the same full backup.
    await whileLocked(backupLock(project), () => make(project, full, emit))
  } catch (error) {
    const trouble = error instanceof GatlingError ? error.message : String(error)
    await note(project, { last: { at: new Date().toISOString(), trouble } })
    throw storageMissed(project, addressOf(storage), trouble)
  }
  await note(project, { last: { at: new Date().toISOString(), trouble: null }, good_at: began })
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

/** Status and doctor report what is noted here. If the database was destroyed meanwhile, nothing is noted. */
export const note = async (project: string, change: Partial<Noted>): Promise<void> => {
  if (readDatabase(project) === null) return
  await changeBackups(project, known => ({
    ...known,
    storage: { ...(known.storage ?? { last: null, good_at: null, proof: null }), ...change },
  }))
}
