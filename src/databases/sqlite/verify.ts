import { join } from 'node:path'
import * as files from '../../commands/files.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { type BackedUp, changeSqlite, readSqlite } from '../../state/sqlite.js'
import { attempted, inEachPlace } from '../backups/attempts.js'
import { storageFor } from '../backups/config.js'
import { noBackups, proofFailed } from '../backups/errors.js'
import type { Place } from '../backups/repository.js'
import { differences, type Proof } from '../backups/verify.js'
import { runActions } from '../run-actions.js'
import { withStored } from '../storage/attempt.js'
import { whileAlone } from './alone.js'
import { type Snapshot, snapshotsOf, spooled, spoolOf, whileUsing } from './repository.js'
import { fetchBackup } from './restore.js'
import { storedSnapshots } from './storage.js'
import { contentsOf } from './unit.js'

/**
 * Restores the newest backup of each place into a scratch file, checks that it is undamaged and has the counted rows,
 * and removes it. It notes the result for status and doctor.
 * @throws GatlingError NO_BACKUPS or DATABASE_FAILED.
 */
export const verify = async (
  project: string,
  emit: (event: EventBody) => void,
): Promise<readonly Proof[]> => {
  // An interrupted promotion is ended first.
  await whileAlone(project, emit, async () => {})
  return whileUsing(project, () => {
    const known = readSqlite(project)
    const storage = known?.storage?.good_at ? storageFor(known) : null
    return inEachPlace(storage ? ['here', 'storage'] : ['here'], async place => {
      const snapshots =
        place === 'storage' && storage
          ? await storedSnapshots(project, storage, 'own')
          : await snapshotsOf(project)
      return verifyNewest(project, place, snapshots, emit)
    })
  })
}

const verifyNewest = async (
  project: string,
  place: Place,
  snapshots: readonly Snapshot[],
  emit: (event: EventBody) => void,
): Promise<Proof> => {
  const backup = snapshots.at(-1)
  if (!backup) throw noBackups(project)
  return attempted(
    () => prove(project, backup, emit),
    (attempt, done) => {
      const proof = { ...attempt, backup: backup.id }
      return changeSqlite(project, known => ({
        ...known,
        ...(place === 'here' ? { proof } : { storage: withStored(known.storage, { proof }) }),
        proved: done === null ? known.proved : { ...known.proved, [backup.id]: attempt.at },
      }))
    },
  )
}

const prove = async (project: string, backup: Snapshot, emit: (event: EventBody) => void): Promise<Proof> => {
  const spool = spoolOf(project)
  const remove = (): Promise<void> => must(files.remove(spool))
  const found: BackedUp['tables'] = []
  await runActions(
    [
      { name: 'fetch_backup', run: () => fetchBackup(project, backup), undo: remove },
      {
        name: 'check_file',
        run: async () => {
          const { tables, damage } = await contentsOf(project, join(spool, spooled), true)
          const expected = readSqlite(project)?.backups[backup.madeAs]?.tables ?? []
          const wrong = [...damage, ...differences(asCounts(expected), asCounts(tables))]
          if (wrong.length > 0) throw proofFailed(backup.id, wrong)
          found.push(...tables)
        },
      },
      { name: 'remove_scratch', run: remove },
    ],
    { verb: 'verify', project, kept: 'The app goes on as before.', emit },
  )
  const rows = found.reduce((sum, table) => sum + table.rows, 0)
  return { backup: backup.id, place: backup.place, tables: found.length, rows }
}

/** Makes counts to compare. The rows were counted in the copy itself, so nobody wrote to them meanwhile. */
const asCounts = (tables: BackedUp['tables']) => ({
  lsn: '',
  tables: tables.map(table => ({ ...table, busy: false })),
})
