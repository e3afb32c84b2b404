import type { Change } from '../server/change.js'
import { destroyDatabase } from './destroy.js'

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
