import * as restic from '../../commands/restic.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { changeSqlite, readSqlite } from '../../state/sqlite.js'
import { type Storage, sqliteFolderOf } from '../../state/storage.js'
import { storageFor } from '../backups/config.js'
import { runActions } from '../run-actions.js'
import { storing, withStored } from '../storage/attempt.js'
import { checkStorage } from '../storage/check.js'
import { foldersIn } from '../storage/reach.js'
import { byTime, repositoryOf, runRestic, type Snapshot, snapshotsIn, whileUsing } from './repository.js'

/**
 * Sends missing backups of an app's file to the storage, if they go there, and notes how that ended.
 * @throws GatlingError STORAGE_MISSED.
 */
export const sendToStorage = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  const storage = storageFor(readSqlite(project))
  if (!storage) return
  await storing(
    project,
    storage,
    () =>
      whileUsing(project, () =>
        runActions(sending(project, storage), {
          verb: 'backup',
          project,
          kept: 'The app goes on as before.',
          emit,
        }),
      ),
    change => changeSqlite(project, known => ({ ...known, storage: withStored(known.storage, change) })),
  )
}

const sending = (project: string, storage: Storage): readonly Action[] => {
  const there = (): restic.Repository => inStorage(storage, ownFolder(project))
  return [
    { name: 'check_storage', run: () => checkStorage(storage) },
    {
      name: 'name_storage_folder',
      isMade: () => readSqlite(project)?.stored_since !== undefined,
      run: () => changeSqlite(project, known => ({ ...known, stored_since: new Date().toISOString() })),
    },
    {
      name: 'make_storage_repository',
      // A repository with another passphrase also exists here; the next action refuses it.
      isMade: async () => {
        const { status, stderr } = await runCommand(restic.config(there()))
        return status === 0 || /wrong password/.test(stderr)
      },
      run: async () => {
        await runRestic(restic.init(there()))
      },
    },
    {
      name: 'send_backups',
      run: async () => {
        await runRestic(restic.unlock(there()))
        await runRestic(restic.copy(repositoryOf(project), there()))
      },
    },
    {
      name: 'remove_old_stored',
      run: async () => {
        await runRestic(restic.forget(there()))
      },
    },
  ]
}

/**
 * Names the folder in the storage with this machine's backups of an app's file, below that of the server. It is empty
 * before the first backup.
 */
export const ownFolder = (project: string): string => {
  const since = readSqlite(project)?.stored_since
  return since === undefined ? '' : sqliteFolderOf(project, new Date(since))
}

const inStorage = (storage: Storage, folder: string): restic.Repository =>
  restic.inBucket({ ...storage, path: storage.path + folder })

/**
 * Lists the backups of an app's file in the storage, oldest first.
 * @param whose `own`: those of this machine; `all`: also those of other machines, such as a lost one.
 * @throws GatlingError BACKUP_TOOL_FAILED.
 */
export const storedSnapshots = async (
  project: string,
  storage: Storage,
  whose: 'own' | 'all',
): Promise<readonly Snapshot[]> => {
  const own = ownFolder(project)
  const all: Snapshot[] = []
  for (const { folder, kind } of await foldersIn(storage, project))
    if (kind === 'sqlite' && (whose === 'all' || folder === own))
      all.push(...(await snapshotsIn(inStorage(storage, folder), 'storage')))
  return all.sort(byTime)
}
