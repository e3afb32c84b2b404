import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as restic from '../../commands/restic.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { changeSqlite, readSqlite, type SqliteFile } from '../../state/sqlite.js'
import { chooseWhole, type Unmarked } from '../backups/choose.js'
import { storageFor } from '../backups/config.js'
import { nextLabel, withCopy, withoutLabel } from '../backups/copies.js'
import type { Place } from '../backups/repository.js'
import { refuseWithoutRoom } from '../backups/tool.js'
import { runActions } from '../run-actions.js'
import { noStorage } from '../storage/errors.js'
import { noteFile, whileAlone } from './alone.js'
import { pathBeside } from './file.js'
import { runRestic, type Snapshot, snapshotsOf, spooled, spoolOf, whileUsing } from './repository.js'
import { storedSnapshots } from './storage.js'
import { putFile, removeFile } from './unit.js'

/** A restored file, and its backup. */
export interface Restored {
  readonly file: SqliteFile
  readonly backup: Snapshot
}

/**
 * Restores a backup into a new file beside the live one, which does not change.
 * @param place the place of the backup; null: this machine, or the storage if this machine has none.
 * @throws GatlingError NO_SQLITE, NO_STORAGE, NO_BACKUPS, RESTORE_REFUSED, ROOM_MISSING or DATABASE_FAILED.
 */
export const restore = (
  project: string,
  wanted: Unmarked,
  place: Place | null,
  emit: (event: EventBody) => void,
): Promise<Restored> =>
  whileAlone(project, emit, async () => {
    const serving = await noteFile(project)
    return whileUsing(project, async () => {
      const backup = await choose(project, wanted, place)
      const known = readSqlite(project)
      const label = known === null ? 'r1' : nextLabel(known)
      const file: SqliteFile = {
        label,
        path: pathBeside(serving.path, label),
        made_at: new Date().toISOString(),
        from: `backup ${backup.id}`,
        state: 'making',
        served: [],
      }
      await runActions(restoring(project, file, backup), {
        verb: 'restore',
        project,
        kept: 'The app goes on as before, and nothing of the restored file is left.',
        emit,
      })
      return { file, backup }
    })
  })

/**
 * Chooses a backup in one of the places.
 * @throws GatlingError NO_STORAGE, NO_BACKUPS, RESTORE_REFUSED or BACKUP_TOOL_FAILED.
 */
const choose = async (project: string, wanted: Unmarked, place: Place | null): Promise<Snapshot> => {
  const storage = storageFor(readSqlite(project))
  const inStorage = async (): Promise<Snapshot> => {
    if (!storage) throw noStorage()
    return chooseWhole(project, wanted, await storedSnapshots(project, storage, 'all'))
  }
  if (place === 'storage') return inStorage()
  try {
    return chooseWhole(project, wanted, await snapshotsOf(project))
  } catch (error) {
    if (place === 'here' || !storage) throw error
    // If no place has it, the error is about this machine.
    return inStorage().catch(() => {
      throw error
    })
  }
}

const restoring = (project: string, file: SqliteFile, backup: Snapshot): readonly Action[] => {
  const spool = spoolOf(project)
  const remove = (): Promise<void> => must(files.remove(spool))
  return [
    { name: 'fetch_backup', run: () => fetchBackup(project, backup), undo: remove },
    {
      name: 'note_copy',
      run: () => changeSqlite(project, known => withCopy(known, file)),
      undo: () => changeSqlite(project, known => withoutLabel(known, file.label)),
    },
    {
      name: 'write_file',
      run: () => putFile(project, join(spool, spooled), file.path),
      undo: () => removeFile(project, file.path),
    },
    {
      name: 'keep_copy',
      run: async () => {
        await remove()
        await changeSqlite(project, known => withCopy(known, { ...file, state: 'there' }))
      },
    },
  ]
}

/** Fetches the file of a backup into the spool. @throws GatlingError ROOM_MISSING or BACKUP_TOOL_FAILED. */
export const fetchBackup = async (project: string, { id, madeAs, repository }: Snapshot): Promise<void> => {
  const spool = spoolOf(project)
  await must(files.remove(spool))
  mkdirSync(spool, { recursive: true, mode: 0o700 })
  refuseWithoutRoom('a restore', spool, 2 * (readSqlite(project)?.backups[madeAs]?.size ?? 0))
  await runRestic(files.intoFile(restic.dump(repository, id, spooled), join(spool, spooled)))
}
