import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Cluster, Database } from '../../state/database.js'
import { followerOf, makerOf } from '../backups/follower.js'
import { limitCopy, startCluster } from '../backups/make-copy.js'
import { clusterPaths, runSql } from '../cluster.js'
import { sortedIndexes } from './check.js'
import { upgradeToolFailed } from './errors.js'

/** Makes an empty cluster of the newer version, with the settings and the access of the live one. */
export const makeNewer = async (database: Database, newer: Cluster): Promise<void> => {
  const [from, to] = [clusterPaths(database.cluster), clusterPaths(newer)]
  await must(
    systemd.runIn({
      name: makerOf(database.project),
      description: `Makes the PostgreSQL ${newer.version} cluster of ${database.project}`,
      properties: ['Type=exec'],
      environment: {},
      attached: 'pipe',
      argv: postgres.createCluster(newer, newer.port, to.sockets).argv,
    }),
  )
  await must(postgres.copyFiles([from.access, join(from.config, 'pg_ident.conf')], to.config))
  await must(postgres.copyFiles([join(from.data, 'postgresql.auto.conf')], to.data))
  const own = readdirSync(dirname(from.settings)).filter(
    name => name.endsWith('.conf') && name !== basename(from.settings),
  )
  if (own.length > 0)
    await must(
      postgres.copyFiles(
        own.map(name => join(dirname(from.settings), name)),
        dirname(to.settings),
      ),
    )
  await limitCopy(database, newer)
}

/** Converts the data of the stopped follower into the newer cluster. @throws GatlingError UPGRADE_TOOL_FAILED. */
export const convert = async ({ project, cluster }: Database, newer: Cluster): Promise<void> => {
  const { folder } = followerOf(project, newer)
  const to = clusterPaths(newer)
  const { status, stdout, stderr } = await runCommand(
    systemd.runIn({
      name: makerOf(project),
      description: `Takes the database of ${project} to PostgreSQL ${newer.version}`,
      properties: ['Type=exec', 'User=postgres', `WorkingDirectory=${folder}`],
      environment: { LANG: 'C.UTF-8' },
      attached: 'pipe',
      argv: postgres.upgrade(
        { programs: clusterPaths(cluster).programs, folder },
        { programs: to.programs, folder: to.config },
        folder,
      ),
    }),
  )
  if (status === 0) return
  // pg_upgrade writes its reasons to a file, which does not exist after this.
  const reasons = await runCommand(postgres.upgradeReasons(to.data))
  throw upgradeToolFailed(
    `${stdout}${stderr}\n${reasons.stdout}`
      .trim()
      .split('\n')
      .filter(line => !/\sok$/.test(line))
      .slice(-12),
  )
}

/** Starts the newer cluster, and builds the indexes again whose order can differ. */
export const startNewer = async (newer: Cluster): Promise<void> => {
  await startCluster(newer)
  for (const index of await sortedIndexes(newer)) await runSql(newer, `REINDEX INDEX ${index}`)
}
