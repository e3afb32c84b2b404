import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as restic from '../../commands/restic.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { changeSqlite, readSqlite, type SqliteFile } from '../../state/sqlite.js'
import { type Action, runActions } from '../action.js'
import { chooseWhole, type Unmarked } from '../backups/choose.js'
import { nextLabel, withCopy, withoutLabel } from '../backups/copies.js'
import { refuseWithoutRoom } from '../backups/tool.js'
import { noteFile, whileAlone } from './alone.js'
import { pathBeside } from './file.js'
import {
  repositoryOf,
  runRestic,
  type Snapshot,
  snapshotsOf,
  spooled,
  spoolOf,
  whileUsing,
} from './repository.js'
import { putFile, removeFile } from './unit.js'

/** A file that was restored, and when it was as it is. */
export interface Restored {
  readonly file: SqliteFile
  readonly backup: Snapshot
}

/**
 * Restores a backup into a new file beside the one that serves, which nothing touches.
 * @throws GatlingError NO_SQLITE, NO_BACKUPS, RESTORE_REFUSED, ROOM_MISSING or DATABASE_FAILED.
 */
export const restore = (
  project: string,
  wanted: Unmarked,
  emit: (event: EventBody) => void,
): Promise<Restored> =>
  whileAlone(project, emit, async () => {
    const serving = await noteFile(project)
    return whileUsing(project, async () => {
      const backup = chooseWhole(project, wanted, await snapshotsOf(project))
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

/** Has the file of a backup in the spool. @throws GatlingError ROOM_MISSING or BACKUP_TOOL_FAILED. */
export const fetchBackup = async (project: string, { id }: Snapshot): Promise<void> => {
  const spool = spoolOf(project)
  await must(files.remove(spool))
  mkdirSync(spool, { recursive: true, mode: 0o700 })
  refuseWithoutRoom('a restore', spool, 2 * (readSqlite(project)?.backups[id]?.size ?? 0))
  await runRestic(files.intoFile(restic.dump(repositoryOf(project), id, spooled), join(spool, spooled)))
}
