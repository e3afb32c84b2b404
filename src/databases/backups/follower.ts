import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Cluster, Database } from '../../state/database.js'
import { followerSettings, scratchAccess } from '../../templates/scratch.js'
import { clusterPaths, runSql, runSqlAt } from '../cluster.js'
import { copyNotStarted, followerLate } from './errors.js'
import type { Backup } from './repository.js'
import { runTool, stanzaOf } from './tool.js'

/** Names the unit that makes a newer cluster. It goes on when Gatling is killed, and the next command stops it. */
export const makerOf = (project: string): string => `gatling-upgrade-${project}`

/**
 * Names the follower: a copy of the live cluster in its version, beside the data of the newer cluster that it becomes.
 */
export const followerOf = (project: string, newer: Cluster) => {
  const folder = `${clusterPaths(newer).data}.before`
  return { folder, unit: `gatling-follower-${project}`, socket: { folder, port: 5_432 } }
}

/**
 * A cluster can replay WAL only if these settings are at least those of the cluster that wrote it (Hot Standby,
 * Administrator's Overview).
 */
const places = `SELECT name, setting FROM pg_settings WHERE name IN ('max_connections', 'max_locks_per_transaction',
  'max_prepared_transactions', 'max_wal_senders', 'max_worker_processes')`

/**
 * Restores a backup into a cluster that replays everything that arrives in the archive, and that nothing else can
 * reach.
 * @throws GatlingError BACKUP_TOOL_FAILED or COPY_NOT_STARTED.
 */
export const startFollower = async (
  { project, cluster }: Database,
  newer: Cluster,
  { id, stanza }: Backup,
): Promise<void> => {
  const { folder, unit } = followerOf(project, newer)
  await must(postgres.makeFolder(folder))
  await runTool(pgbackrest.restoreStandby(stanzaOf(project, { name: stanza }), id, folder))
  const same = await runSql(cluster, places, 'postgres')
  const settings = followerSettings(folder, new Map(same.map(([name = '', value = '']) => [name, value])))
  await must(postgres.writeFile(join(folder, 'postgresql.conf'), settings))
  await must(postgres.writeFile(join(folder, 'pg_hba.conf'), scratchAccess))
  await must(postgres.writeFile(join(folder, 'pg_ident.conf'), ''))
  const { status } = await runCommand(
    systemd.runIn({
      name: unit,
      description: `Follows the database of ${project}`,
      // SIGINT ends its sessions and stops it (pg_ctl(1), fast).
      properties: [
        ...[
          'Type=notify',
          'User=postgres',
          'TimeoutStartSec=infinity',
          'KillSignal=SIGINT',
          'KillMode=mixed',
        ],
        ...['MemoryMax=25%', 'SyslogIdentifier=gatling-follower'],
      ],
      environment: {},
      attached: 'no',
      argv: [join(clusterPaths(cluster).programs, 'postgres'), '-D', folder],
    }),
  )
  if (status !== 0) throw copyNotStarted(unit, await lastWords(unit))
}

/** Reads the last lines that a cluster in its own unit wrote. */
export const lastWords = async (unit: string): Promise<readonly string[]> =>
  (await runCommand(systemd.journal([`${unit}.service`], 6, false))).stdout.trim().split('\n')

/** How often the follower is asked for its position, in ms. */
const askEveryMs = 50

/**
 * Archives everything committed until now, and waits until the follower has replayed it.
 * @param patienceMs how long to wait without progress, because WAL that was given up never comes.
 * @throws GatlingError COPY_NOT_STARTED, FOLLOWER_LATE or SQL_FAILED.
 */
export const catchUp = async (
  { project, cluster }: Database,
  newer: Cluster,
  patienceMs: number,
): Promise<void> => {
  const { unit, socket } = followerOf(project, newer)
  // Without a change since the last segment, pg_switch_wal does nothing.
  await runSql(cluster, 'SELECT pg_current_xact_id()', 'postgres')
  const [row] = await runSql(cluster, 'SELECT pg_current_wal_insert_lsn()', 'postgres')
  await runSql(cluster, 'SELECT pg_switch_wal()', 'postgres')
  const where = `SELECT pg_last_wal_replay_lsn() >= '${row?.[0]}', pg_last_wal_replay_lsn()`
  let last = { at: '', since: performance.now() }
  while (true) {
    const [answer] = await runSqlAt(socket, where, 'postgres').catch(() => [])
    if (answer?.[0] === 't') return
    if ((await runCommand(systemd.isActive(`${unit}.service`))).status !== 0)
      throw copyNotStarted(unit, await lastWords(unit))
    const at = answer?.[1] ?? ''
    if (at !== last.at) last = { at, since: performance.now() }
    if (performance.now() - last.since > patienceMs) throw followerLate(patienceMs)
    await new Promise(resolve => setTimeout(resolve, askEveryMs))
  }
}

/** Ends the replay, so that the follower accepts writes. */
export const endReplay = async (project: string, newer: Cluster): Promise<void> => {
  await runSqlAt(followerOf(project, newer).socket, 'SELECT pg_promote()', 'postgres')
}

/** Removes the follower. A newer cluster that took over its data keeps it. */
export const removeFollower = async (project: string, newer: Cluster): Promise<void> => {
  const { unit, folder } = followerOf(project, newer)
  await runCommand(systemd.stop(`${makerOf(project)}.service`))
  await runCommand(systemd.stop(`${unit}.service`))
  await must(files.remove(folder))
}

export const stopFollower = (project: string, newer: Cluster): Promise<void> =>
  must(systemd.stop(`${followerOf(project, newer).unit}.service`))
