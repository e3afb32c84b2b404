import { rmSync } from 'node:fs'
import * as systemd from '../commands/systemd.js'
import { must } from '../hosts/must.js'
import type { Change } from '../server/change.js'
import { backupUnits } from './backups/protect.js'
import { destroyDatabase } from './destroy.js'
import { noMain } from './install.js'

/** The database of an app, for `gatling teardown`: it goes with the server, but for a last dump. */
export const databaseChange = (project: string): Change => ({
  about: `have the database of ${project} as it should be`,
  // `gatling db create` makes and repairs it.
  isMade: () => true,
  make: () => {},
  undo: async () => {
    await destroyDatabase(project, { inUse: true, noDump: false }, () => {})
  },
})

/** What all databases share, for `gatling teardown`: it goes after them. */
export const sharedByDatabases: Change = {
  about: 'have what databases share as it should be',
  // `gatling db create` writes it.
  isMade: () => true,
  make: () => {},
  undo: async () => {
    for (const path of [noMain, ...backupUnits.map(({ path }) => path)]) rmSync(path, { force: true })
    await must(systemd.reload)
  },
}
