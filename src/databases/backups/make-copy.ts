import { mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as files from '../../commands/files.js'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { readIfThere, writeWhole } from '../../hosts/files.js'
import { must } from '../../hosts/must.js'
import { readBackups } from '../../state/backups.js'
import { type Cluster, type Database, logins } from '../../state/database.js'
import { userOf } from '../../state/server.js'
import { clusterLimits, clusterSettings } from '../../templates/postgres.js'
import { clusterPaths, runSql, socketOf } from '../cluster.js'
import { noDatabase } from '../errors.js'
import { removeHalfMade } from '../half-made.js'
import { reserveOn, walRoom } from '../reserve.js'
import { readLogin } from '../url.js'
import { verifierOf } from '../verifier.js'
import { copyNotStarted, copyStopped, copyUnfinished } from './errors.js'
import { writeNoArchive } from './protect.js'

/** Makes the folder of a cluster's data, only for PostgreSQL's user. @returns its path. */
export const prepareFolder = async (cluster: Cluster): Promise<string> => {
  const { data } = clusterPaths(cluster)
  await must(postgres.makeFolder(data))
  return data
}

/** The files that Debian keeps outside the data, so that no backup contains them. */
const configured = ['postgresql.conf', 'pg_hba.conf', 'pg_ident.conf']

/** Gives restored data the settings of another cluster, with its own socket and limits. It archives no WAL. */
export const adoptCluster = async (
  { like, project, connections }: { like: Cluster; project: string; connections: number },
  copy: Cluster,
): Promise<void> => {
  const from = clusterPaths(like)
  const to = clusterPaths(copy)
  const files = configured.map(name => join(from.config, name))
  await must(postgres.copyFiles(files, to.data))
  await must(postgres.adoptCluster(copy, copy.port, socketOf(copy).folder))
  await limitCopy({ project, connections }, copy)
}

/** Gives another cluster of an app Gatling's settings and limits. It archives no WAL, and survives a power cut. */
export const limitCopy = async (
  { project, connections }: Pick<Database, 'project' | 'connections'>,
  copy: Cluster,
): Promise<void> => {
  const to = clusterPaths(copy)
  await must(
    postgres.writeFile(to.settings, clusterSettings({ connections, wal: walRoom(reserveOn(to.data)) })),
  )
  await writeNoArchive(copy)
  mkdirSync(dirname(to.limits), { recursive: true, mode: 0o755 })
  const limits = clusterLimits({ user: userOf(project), paths: to, connections })
  writeWhole(to.limits, limits, 0o644)
  // Debian's tool syncs nothing. Without start.conf the cluster would not start with the machine.
  await must(files.flush(to.config))
  await must(systemd.reload)
}

/** Starts a cluster. @throws GatlingError COPY_NOT_STARTED, with PostgreSQL's last lines. */
export const startCluster = async (cluster: Cluster): Promise<void> => {
  const { unit } = clusterPaths(cluster)
  await runCommand(systemd.forgetFailure(unit))
  const { status } = await runCommand(systemd.start(unit))
  if (status !== 0) throw copyNotStarted(cluster.name, lastWords(cluster))
}

/** How often a cluster is asked whether it has replayed its WAL, in ms. */
const askEveryMs = 200

/** Resolves when a restored cluster has replayed its WAL and accepts writes. @throws GatlingError COPY_NOT_STARTED. */
export const awaitReplay = async (cluster: Cluster): Promise<void> => {
  const { unit } = clusterPaths(cluster)
  while (!(await isWritable(cluster))) {
    if ((await runCommand(systemd.isActive(unit))).status !== 0)
      throw copyNotStarted(cluster.name, lastWords(cluster))
    await new Promise(resolve => setTimeout(resolve, askEveryMs))
  }
}

const isWritable = (cluster: Cluster): Promise<boolean> =>
  runSql(cluster, 'SELECT pg_is_in_recovery()', 'postgres').then(
    ([row]) => row?.[0] === 'f',
    () => false,
  )

const lastWords = (cluster: Cluster): readonly string[] =>
  (readIfThere(clusterPaths(cluster).log) ?? '').trim().split('\n').slice(-6)

/** The settings that pgBackRest wrote for the replay. */
const ofReplay = [
  'restore_command',
  'recovery_target',
  'recovery_target_time',
  'recovery_target_lsn',
  'recovery_target_name',
  'recovery_target_action',
  'recovery_target_timeline',
]

/** Lets the app log in with its present password, and with no older one from the backup. */
export const refreshLogins = async ({ project }: Database, copy: Cluster): Promise<void> => {
  const known = readLogin(project)
  if (!known) throw noDatabase(project)
  const lines = logins.map(one =>
    one === known.login
      ? `ALTER ROLE ${one} LOGIN PASSWORD '${verifierOf(known.password)}'`
      : `ALTER ROLE ${one} NOLOGIN PASSWORD NULL`,
  )
  await runSql(copy, lines.join(';\n'), 'postgres')
  await forgetReplay(copy)
}

/** Removes the settings of the replay, so that the next backup does not contain them. */
export const forgetReplay = async (copy: Cluster): Promise<void> => {
  await runSql(copy, ofReplay.map(setting => `ALTER SYSTEM RESET ${setting};`).join('\n'), 'postgres')
}

/** Gathers the planner's statistics, which an upgrade does not keep. */
export const gatherStatistics = (cluster: Cluster): Promise<void> =>
  must(postgres.asPostgres(postgres.analyze(clusterPaths(cluster).programs, socketOf(cluster))))

/**
 * Lets the app log in to one of its other databases, which can have an old password.
 * @throws GatlingError COPY_UNFINISHED or COPY_STOPPED.
 */
export const openCopy = async (database: Database, label: string): Promise<Cluster> => {
  const known = readBackups(database.project)
  const copy = known?.copies.find(one => one.label === label && one.state === 'there')
  if (!copy) throw copyUnfinished(database.project, label)
  if (copy.cluster.name === database.cluster.name) return copy.cluster
  const { unit } = clusterPaths(copy.cluster)
  // Another cluster can answer at its path.
  if ((await runCommand(systemd.isActive(unit))).status !== 0) throw copyStopped(label, unit)
  await refreshLogins(database, copy.cluster)
  return copy.cluster
}

/** Removes everything of a cluster, even of a half made one. */
export const removeCluster = async (cluster: Cluster): Promise<void> => {
  const { unit, log, limits, sockets } = clusterPaths(cluster)
  await removeHalfMade(cluster)
  for (const path of [dirname(limits), sockets]) await must(files.remove(path))
  rmSync(log, { force: true })
  rmSync(join('/etc/systemd/system/multi-user.target.wants', basename(unit)), { force: true })
  await must(systemd.reload)
}
