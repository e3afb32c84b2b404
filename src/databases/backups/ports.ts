import { readBackups } from '../../state/backups.js'
import { projectsWithDatabase, readDatabase } from '../../state/database.js'
import { clustersHere } from '../cluster.js'

/** The first port: PostgreSQL's own. No cluster listens on its port, but Debian's tools distinguish clusters by it. */
const first = 5_432

/**
 * Finds a port that no cluster of this machine has. The caller holds the lock `databases` until it has noted the port.
 */
export const freePort = async (): Promise<number> => {
  const known = projectsWithDatabase().flatMap(project => [
    readDatabase(project)?.cluster,
    ...(readBackups(project)?.copies ?? []).map(({ cluster }) => cluster),
  ])
  const taken = new Set([...known, ...(await clustersHere())].map(cluster => cluster?.port))
  let port = first
  while (taken.has(port)) port++
  return port
}
