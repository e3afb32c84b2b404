import { rmSync } from 'node:fs'
import * as systemd from '../commands/systemd.js'
import { must } from '../hosts/must.js'
import type { Change } from '../server/change.js'
import { backupUnits } from './backups/protect.js'
import { destroyDatabase } from './destroy.js'
import { noMain } from './install.js'

/** Removes the database of an app at `gatling teardown`, except a last dump. */
export const databaseChange = (project: string): Change => ({
  about: `repair the database of ${project}`,
  // `gatling db create` makes and repairs it.
  isMade: () => true,
  make: () => {},
  undo: async () => {
    await destroyDatabase(project, { inUse: true, noDump: false }, () => {})
  },
})

/** Removes the files that all databases share at `gatling teardown`, after the databases. */
export const sharedByDatabases: Change = {
  about: 'repair the files that databases share',
  // `gatling db create` writes it.
  isMade: () => true,
  make: () => {},
  undo: async () => {
    for (const path of [noMain, ...backupUnits.map(({ path }) => path)]) rmSync(path, { force: true })
    await must(systemd.reload)
  },
}
