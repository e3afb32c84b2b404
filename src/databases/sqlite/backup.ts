import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import * as apt from '../../commands/apt.js'
import * as files from '../../commands/files.js'
import * as restic from '../../commands/restic.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import { changeSqlite, readSqlite, type SqliteFile } from '../../state/sqlite.js'
import { attempted } from '../backups/attempts.js'
import { storageFor } from '../backups/config.js'
import { withoutLabel } from '../backups/copies.js'
import { schedule } from '../backups/protect.js'
import { overdue } from '../backups/tidy.js'
import { refuseWithoutRoom } from '../backups/tool.js'
import { runActions } from '../run-actions.js'
import { noteFile, whileAlone } from './alone.js'
import {
  inShort,
  makeRepository,
  repositoryOf,
  runRestic,
  type Snapshot,
  snapshotsOf,
  spooled,
  spoolOf,
  whileUsing,
} from './repository.js'
import { sendToStorage, storedSnapshots } from './storage.js'
import { contentsOf, copyFile, removeFile } from './unit.js'

/**
 * Backs up the SQLite file of an app while the app uses it, on this machine and in the storage.
 * @returns the backup, with what it added to the repository, in bytes.
 * @throws GatlingError NO_SQLITE or DATABASE_FAILED; STORAGE_MISSED: the backup is only on this machine.
 */
export const backUp = async (
  project: string,
  emit: (event: EventBody) => void,
): Promise<Snapshot & { readonly added: number }> => {
  const made = await backUpHere(project, emit)
  await sendToStorage(project, emit)
  // If a repository cannot be read today, tomorrow's backup removes its old notes.
  await forgetGone(project).catch(error =>
    emit({ type: 'warning', text: `the notes of old backups are still there: ${String(error)}` }),
  )
  return made
}

const backUpHere = (
  project: string,
  emit: (event: EventBody) => void,
): Promise<Snapshot & { readonly added: number }> =>
  attempted(
    () =>
      whileAlone(project, emit, async () => {
        const file = await noteFile(project)
        await whileUsing(project, () =>
          runActions(backingUp(project, file), {
            verb: 'backup',
            project,
            kept: 'The app goes on as before.',
            emit,
          }),
        )
        await removeOverdue(project, emit)
        const made = (await snapshotsOf(project)).at(-1)
        if (!made) throw new Error('restic lists no backup after it made one')
        return { ...made, added: readSqlite(project)?.backups[made.id]?.added ?? 0 }
      }),
    last => changeSqlite(project, known => ({ ...known, last })),
  )

const backingUp = (project: string, file: SqliteFile): readonly Action[] => {
  const spool = spoolOf(project)
  const copy = join(spool, spooled)
  const remove = (): Promise<void> => must(files.remove(spool))
  return [
    installTools,
    makeRepository(project),
    scheduleOnce(project),
    {
      name: 'copy_file',
      run: async () => {
        await remove()
        mkdirSync(spool, { recursive: true, mode: 0o700 })
        // There are two copies; the first is in the app's folder.
        const bytes = lstatSync(file.path, { throwIfNoEntry: false })?.size ?? 0
        refuseWithoutRoom('a backup', spool, 2 * bytes)
        await copyFile(project, file.path, copy)
      },
      undo: remove,
    },
    { name: 'keep_backup', run: () => keep(project, file, copy) },
    {
      name: 'remove_old_backups',
      run: async () => {
        await remove()
        await runRestic(restic.forget(repositoryOf(project)))
      },
    },
  ]
}

export const installTools: Action = {
  name: 'install_sqlite3_and_restic',
  isMade: async () => (await missingTools()).length === 0,
  run: async () => {
    await must(apt.update)
    await must(apt.install(await missingTools()))
  },
}

const missingTools = async (): Promise<readonly string[]> => {
  const missing: string[] = []
  for (const name of ['sqlite3', 'restic'])
    if (!(await runCommand(apt.status(name))).stdout.startsWith('install ok installed')) missing.push(name)
  return missing
}

/** Schedules daily backups, but only once: a person can stop them. */
export const scheduleOnce = (project: string): Action => ({
  name: 'schedule_backups',
  isMade: () => readSqlite(project)?.scheduled === true,
  run: async () => {
    await schedule(project).run()
    await changeSqlite(project, known => ({ ...known, scheduled: true }))
  },
})

/** The summary that restic prints after a backup (restic(1), JSON output). */
const summarySchema = v.object({
  message_type: v.literal('summary'),
  snapshot_id: v.string(),
  data_added: v.number(),
})

const keep = async (project: string, file: SqliteFile, copy: string): Promise<void> => {
  const repository = repositoryOf(project)
  const began = new Date().toISOString()
  const { tables } = await contentsOf(project, copy, false)
  const { size } = lstatSync(copy)
  await runRestic(restic.unlock(repository))
  const said = await runRestic(restic.backup(repository, spoolOf(project), spooled, file.label))
  const summary = v.parse(summarySchema, JSON.parse(said.trim().split('\n').at(-1) ?? ''))
  const id = inShort(summary.snapshot_id)
  await changeSqlite(project, known => ({
    ...known,
    good_at: began,
    backups: { ...known.backups, [id]: { size, added: summary.data_added, tables } },
  }))
}

/** Removes the notes about backups that no longer exist. */
const forgetGone = async (project: string): Promise<void> => {
  const storage = storageFor(readSqlite(project))
  const stored = storage ? await storedSnapshots(project, storage, 'own') : []
  const ids = [...(await snapshotsOf(project)), ...stored].flatMap(({ id, madeAs }) => [id, madeAs])
  const kept = <Value>(of: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(of).filter(([id]) => ids.includes(id)))
  await changeSqlite(project, known => ({
    ...known,
    backups: kept(known.backups),
    proved: kept(known.proved),
  }))
}

/** Removes files that have not been live for 7 days. If that fails today, tomorrow's backup removes them. */
const removeOverdue = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  for (const { copy } of overdue(readSqlite(project) ?? { copies: [] }, new Date())) {
    try {
      await removeFile(project, copy.path)
      await changeSqlite(project, known => withoutLabel(known, copy.label))
      emit({ type: 'note', text: `removed ${copy.path}, which no longer serves` })
    } catch (error) {
      emit({ type: 'warning', text: `${copy.path} is still there: ${String(error)}` })
    }
  }
}
