import { statfsSync } from 'node:fs'
import { size } from '../../core/size.js'
import { clusterPaths } from '../../databases/cluster.js'
import { liveRecords } from '../../databases/live.js'
import { connectionsOf } from '../../databases/lookup.js'
import { connectionsFor } from '../../databases/url.js'
import type { Database } from '../../state/database.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { percent } from '../sizes.js'
import type { AppFacts } from './facts.js'

/** Checks the database that Gatling made for an app. */
export const ownDatabase = async ({ project }: AppFacts): Promise<Answer> => {
  const { database } = liveRecords(project)
  if (database === null) return null
  if (!database.created)
    return warning(
      'its database was not completely made, or not completely removed',
      `gatling db create ${project} finishes it; gatling db destroy ${project} removes it`,
    )
  const used = await connectionsOf(database).catch(() => null)
  const { data } = clusterPaths(database.cluster)
  const { bsize, blocks, bfree, bavail } = statfsSync(data)
  return [
    ...databaseFindings(database, {
      used,
      wanted: connectionsFor(project),
      free: bavail * bsize,
      total: (blocks - bfree + bavail) * bsize,
    }),
    ...endOfLife(project, database.cluster.version, new Date()),
  ]
}

interface Seen {
  /** Open connections; null: the database does not answer. */
  readonly used: number | null
  /** The connections that its pools may open. */
  readonly wanted: number
  /** The free room of its disk, in bytes. */
  readonly free: number
  readonly total: number
}

/** The date of the last release of each version (https://www.postgresql.org/support/versioning/). */
const endsOn: Readonly<Record<string, string>> = {
  13: '2025-11-13',
  14: '2026-11-12',
  15: '2027-11-11',
  16: '2028-11-09',
  17: '2029-11-08',
  18: '2030-11-14',
}

/** How long before that date doctor warns, in ms. */
const noticeMs = 180 * 24 * 3_600_000

/** Warns about a version of PostgreSQL that gets no fixes now, or soon. */
export const endOfLife = (project: string, version: string, now: Date): readonly Said[] => {
  const end = endsOn[version]
  if (end === undefined || Date.parse(end) - now.getTime() > noticeMs) return []
  const text = `PostgreSQL ${version} gets ${now.getTime() > Date.parse(end) ? 'no corrections since' : 'its last corrections on'} ${end}`
  return [warning(text, `gatling db upgrade ${project} with a newer version takes it there`)]
}

/** The share of free room below which doctor reports a problem. PostgreSQL stops when it cannot write its log. */
const tightRoom = 0.1
const nearLimit = 0.8

export const databaseFindings = (
  { project, cluster, connections }: Pick<Database, 'project' | 'cluster' | 'connections'>,
  { used, wanted, free, total }: Seen,
): readonly Said[] => {
  const { unit, data, log } = clusterPaths(cluster)
  return [
    used === null
      ? problem(
          'its database does not answer',
          `systemctl restart ${unit}; tail ${log} and journalctl -u ${unit} say why`,
        )
      : used >= nearLimit * connections
        ? warning(
            `${used} of the ${connections} connections of its database are open; beyond that PostgreSQL refuses more`,
            `gatling config set ${project} POOL_SIZE=... for a larger limit, then gatling db create ${project} and gatling redeploy ${project}`,
          )
        : ok(`its database answers; ${used} of ${connections} connections are open`),
    ...(wanted > connections
      ? [
          warning(
            `two instances with POOL_SIZE can open ${wanted} connections, and its database takes ${connections}`,
            `gatling db create ${project} raises the limit, and restarts the database for that`,
          ),
        ]
      : []),
    ...(free < tightRoom * total
      ? [
          problem(
            `only ${size(free)} (${percent(free, total)}) are free where its database writes, ${data}`,
            'Make room: a database that cannot write stops.',
          ),
        ]
      : []),
  ]
}
