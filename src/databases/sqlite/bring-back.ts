import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import { ensure } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { valueRules } from '../../stacks/stacks.js'
import { readApp } from '../../state/apps.js'
import { readDatabase } from '../../state/database.js'
import { appPaths } from '../../state/paths.js'
import { serverPaths } from '../../state/server.js'
import { addressOf, readStorage } from '../../state/storage.js'
import { runActions } from '../run-actions.js'
import { databaseThere, noStorage, nothingStored } from '../storage/errors.js'
import { foldersIn } from '../storage/reach.js'
import { readValue, removeValue, writeNextValue } from '../value.js'
import { whileAlone } from './alone.js'
import { installTools } from './backup.js'
import { key } from './file.js'
import { type Snapshot, spooled, spoolOf, whileUsing } from './repository.js'
import { fetchBackup } from './restore.js'
import { storedSnapshots } from './storage.js'
import { putFile, removeFile } from './unit.js'

/**
 * Tells whether the newest database of an app's name in the storage is a SQLite file.
 * @throws GatlingError NO_STORAGE or BACKUP_TOOL_FAILED.
 */
export const isFileStored = async (project: string): Promise<boolean> => {
  const storage = readStorage()
  if (!storage) throw noStorage()
  return (await foldersIn(storage, project)).at(-1)?.kind === 'sqlite'
}

/**
 * Gives an app that was not deployed yet the file that a lost machine has put into the storage.
 * @param at the wanted time; null: the last state.
 * @returns the backup that it was restored from.
 * @throws GatlingError DATABASE_THERE, NO_STORAGE, NOTHING_STORED, ROOM_MISSING or DATABASE_FAILED.
 */
export const bringFileBack = (
  project: string,
  at: Date | null,
  emit: (event: EventBody) => void,
): Promise<Snapshot> =>
  whileAlone(project, emit, () =>
    whileUsing(project, async () => {
      const path = pathFor(project)
      const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined
      if (isThere || readDatabase(project) || readApp(serverPaths.home, project).live)
        throw databaseThere(project)
      await ensure(installTools, emit)
      const backup = await choose(project, at)
      const spool = spoolOf(project)
      const remove = (): Promise<void> => must(files.remove(spool))
      mkdirSync(serverPaths.backupFolder(project), { recursive: true, mode: 0o711 })
      const wasSet = readValue(project, key) !== null
      await runActions(
        [
          { name: 'fetch_backup', run: () => fetchBackup(project, backup), undo: remove },
          {
            name: 'set_database_path',
            isMade: () => wasSet,
            run: () => writeNextValue(project, key, path, false),
            undo: () => removeValue(project, key),
          },
          {
            name: 'write_file',
            run: () => putFile(project, join(spool, spooled), path),
            undo: () => removeFile(project, path),
          },
          { name: 'remove_spool', run: remove },
        ],
        { verb: 'create', more: '--from storage', project, kept: 'Nothing of the file is left.', emit },
      )
      return backup
    }),
  )

/** Returns the path that the app will read. */
const pathFor = (project: string): string => {
  const { data } = appPaths(serverPaths.home, project)
  return readValue(project, key) ?? valueRules.defaults(project, data)[key] ?? ''
}

/** Finds the newest backup in the storage. @throws GatlingError NO_STORAGE, NOTHING_STORED or BACKUP_TOOL_FAILED. */
const choose = async (project: string, at: Date | null): Promise<Snapshot> => {
  const storage = readStorage()
  if (!storage) throw noStorage()
  const all = await storedSnapshots(project, storage, 'all')
  const chosen = all.filter(({ endedAt }) => at === null || endedAt <= at).at(-1)
  if (chosen) return chosen
  throw nothingStored(project, addressOf(storage, `/${project}`), 'no backup ended before that time')
}
