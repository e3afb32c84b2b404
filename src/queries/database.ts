import { clusterPaths, databaseName, runSql } from '../databases/cluster.js'
import { liveRecords } from '../databases/live.js'
import { databaseOf } from '../databases/lookup.js'
import { pendingUpgrade } from '../databases/upgrade/pending.js'

/** What `gatling db info` reports; the key names are public. */
export interface DatabaseInfo {
  readonly project: string
  readonly version: string
  readonly cluster: string
  /** Whether it answers. */
  readonly running: boolean
  /** What it has on disk, in bytes. null: it does not answer. */
  readonly size: number | null
  readonly connections: { readonly used: number | null; readonly most: number }
  readonly data: string
  /** The database from before an upgrade that is not finished; null: there is none. */
  readonly upgraded_from: { readonly label: string; readonly version: string; readonly since: string } | null
}

/** @throws GatlingError NO_DATABASE, or SQLITE_INSTEAD. */
export const databaseInfo = async (project: string): Promise<DatabaseInfo> => {
  const database = liveRecords(project).database ?? databaseOf(project)
  const { cluster, connections } = database
  const pending = pendingUpgrade(project)
  const found = await runSql(cluster, sizes).catch(() => null)
  const [size, used] = (found?.[0] ?? []).map(Number)
  return {
    project,
    version: cluster.version,
    cluster: cluster.name,
    running: found !== null,
    size: size ?? null,
    connections: { used: used ?? null, most: connections },
    data: clusterPaths(cluster).data,
    upgraded_from: pending
      ? { label: pending.kept.label, version: pending.kept.cluster.version, since: pending.since }
      : null,
  }
}

const sizes = `SELECT pg_database_size('${databaseName}'),
  (SELECT count(*) FROM pg_stat_activity WHERE usename IN ('app_1', 'app_2'))`
