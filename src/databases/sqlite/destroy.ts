import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as files from '../../commands/files.js'
import * as restic from '../../commands/restic.js'
import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Change } from '../../server/change.js'
import { timersOf } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { forgetSqlite } from '../../state/sqlite.js'
import { repositoryOf, runRestic, snapshotsOf, spooled, spoolOf, whileUsing } from './repository.js'

/** A folder for the last that there is of databases that are gone. */
const lasts = '/var/backups/gatling'

/** Removes the backups of an app's SQLite file, but for a last one. @returns where that is; null: there was none. */
const destroyBackups = (project: string): Promise<string | null> =>
  whileUsing(project, async () => {
    const newest = (await snapshotsOf(project)).at(-1)
    const stamp = newest?.endedAt.toISOString().replace(/[-:]|\.\d+/g, '')
    const last = newest ? join(lasts, `${project}-${stamp}.db`) : null
    if (newest && last !== null) {
      mkdirSync(dirname(last), { recursive: true, mode: 0o700 })
      await runRestic(files.intoFile(restic.dump(repositoryOf(project), newest.id, spooled), last))
    }
    // PostgreSQL that came after it has these names, too.
    if (readDatabase(project) === null)
      for (const timer of timersOf(project)) await runCommand(systemd.disableNow(timer))
    for (const path of [repositoryOf(project).folder, spoolOf(project)]) await must(files.remove(path))
    forgetSqlite(project)
    return last
  })

/** The backups of an app's SQLite file, for `gatling teardown`: they go with the server, but for a last one. */
export const sqliteChange = (project: string): Change => ({
  about: `have the backups of the SQLite file of ${project} as they should be`,
  // `gatling db backup` makes and repairs them.
  isMade: () => true,
  make: () => {},
  undo: async () => {
    await destroyBackups(project)
  },
})
