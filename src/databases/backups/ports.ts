import { readBackups } from '../../state/backups.js'
import { projectsWithDatabase, readDatabase } from '../../state/database.js'
import { clustersHere } from '../cluster.js'

/** PostgreSQL's own port is the first: none of them listens, but Debian's tools tell clusters apart by it. */
const first = 5_432

/** Finds a port that no cluster of this machine has. The caller holds the lock `databases` until its own is noted. */
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
