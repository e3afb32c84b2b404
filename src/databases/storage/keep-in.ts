import { whileLocked } from '../../hosts/lock.js'
import { changeBackups } from '../../state/backups.js'
import { readStorage } from '../../state/storage.js'
import { backupLock } from '../backups/tool.js'
import { databaseOf } from '../lookup.js'
import { checkStorage } from './check.js'
import { noStorage } from './errors.js'
import { leaveStorage } from './take-up.js'

/**
 * Has the backups of an app go to the storage as well from the next one on, or stay on this machine alone.
 * @throws GatlingError NO_DATABASE; NO_STORAGE or STORAGE_REFUSED: nothing was changed.
 */
export const keepBackupsIn = async (place: 'storage' | 'local', project: string): Promise<void> => {
  databaseOf(project)
  const storage = readStorage()
  if (place === 'storage') {
    if (!storage) throw noStorage()
    await checkStorage(storage)
  }
  await changeBackups(project, known => ({ ...known, local_only: place === 'local' }))
  if (place === 'local') await whileLocked(backupLock(project), () => leaveStorage(project))
}
