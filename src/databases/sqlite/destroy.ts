import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as restic from '../../commands/restic.js'
import * as systemd from '../../commands/systemd.js'
import { stampOf } from '../../core/stamp.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Change } from '../../server/change.js'
import { timersOf } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { forgetSqlite } from '../../state/sqlite.js'
import { dumps } from '../destroy.js'
import {
  folderOf,
  runRestic,
  type Snapshot,
  snapshotsOf,
  spooled,
  spoolOf,
  whileUsing,
} from './repository.js'

/** Removes the backups of an app's SQLite file, except the last one. */
const destroyBackups = (project: string): Promise<void> =>
  whileUsing(project, async () => {
    const newest = (await snapshotsOf(project)).at(-1)
    if (newest) await keepLast(project, newest)
    // A PostgreSQL that the app got later uses the same names.
    if (readDatabase(project) === null)
      for (const timer of timersOf(project)) await runCommand(systemd.disableNow(timer))
    for (const path of [folderOf(project), spoolOf(project)]) await must(files.remove(path))
    forgetSqlite(project)
  })

/** Keeps the last backup as a file, which gets its name once it is complete. */
const keepLast = async (project: string, { id, endedAt, repository }: Snapshot): Promise<void> => {
  const last = join(dumps, `${project}-${stampOf(endedAt)}.db`)
  const part = join(dumps, `${project}.db.part`)
  mkdirSync(dumps, { recursive: true, mode: 0o700 })
  await runRestic(files.intoFile(restic.dump(repository, id, spooled), part))
  renameSync(part, last)
}

/** Removes the backups of an app's SQLite file at `gatling teardown`, except the last one. */
export const sqliteChange = (project: string): Change => ({
  about: `repair the backups of the SQLite file of ${project}`,
  // `gatling db backup` makes and repairs them.
  isMade: () => true,
  make: () => {},
  undo: () => destroyBackups(project),
})
