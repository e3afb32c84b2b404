import { whileLocked } from '../../hosts/lock.js'
import { changeBackups } from '../../state/backups.js'
import { changeSqlite } from '../../state/sqlite.js'
import { readStorage } from '../../state/storage.js'
import { backupLock } from '../backups/tool.js'
import { databaseOf } from '../lookup.js'
import { checkStorage } from './check.js'
import { noStorage } from './errors.js'
import { leaveFileStorage, leaveStorage } from './take-up.js'

/**
 * Decides whether the backups of an app also go to the storage from the next one on, or stay on this machine only.
 * @throws GatlingError NO_DATABASE; NO_STORAGE or STORAGE_REFUSED: nothing was changed.
 */
export const keepBackupsIn = async (place: 'storage' | 'local', project: string): Promise<void> => {
  databaseOf(project)
  if (place === 'storage') await mustTakeFiles()
  await changeBackups(project, known => ({ ...known, local_only: place === 'local' }))
  if (place === 'local') await whileLocked(backupLock(project), () => leaveStorage(project))
}

/**
 * Decides the same for the backups of the SQLite file of an app.
 * @throws GatlingError NO_STORAGE or STORAGE_REFUSED: nothing was changed.
 */
export const keepFileIn = async (place: 'storage' | 'local', project: string): Promise<void> => {
  if (place === 'storage') await mustTakeFiles()
  await changeSqlite(project, known => ({ ...known, local_only: place === 'local' }))
  if (place === 'local') await leaveFileStorage(project)
}

const mustTakeFiles = async (): Promise<void> => {
  const storage = readStorage()
  if (!storage) throw noStorage()
  await checkStorage(storage)
}
