import * as v from 'valibot'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { must, succeeded } from '../hosts/must.js'
import type { Cluster } from '../state/database.js'
import { databaseDown, sqlFailed } from './errors.js'

/** The database of an app, and the role that owns it and everything in it; both logins act as this role. */
export const databaseName = 'app'
export const ownerRole = 'app'

/** A folder for each cluster. */
export const socketFolders = '/run/gatling-databases'

/** Returns the paths of a cluster. */
export const clusterPaths = ({ version, name }: Cluster) => ({
  data: `/var/lib/postgresql/${version}/${name}`,
  config: `/etc/postgresql/${version}/${name}`,
  /** Gatling's settings. PostgreSQL reads them after its own file. */
  settings: `/etc/postgresql/${version}/${name}/conf.d/gatling.conf`,
  access: `/etc/postgresql/${version}/${name}/pg_hba.conf`,
  log: `/var/log/postgresql/postgresql-${version}-${name}.log`,
  /** Only the app's user, PostgreSQL and root can enter it. */
  sockets: `${socketFolders}/${name}`,
  /** The folder of the programs of its version. */
  programs: `/usr/lib/postgresql/${version}/bin`,
  /** Whether it starts with the machine (pg_createcluster(1)). */
  atBoot: `/etc/postgresql/${version}/${name}/start.conf`,
  unit: `postgresql@${version}-${name}.service`,
  limits: `/etc/systemd/system/postgresql@${version}-${name}.service.d/gatling.conf`,
})

export const socketOf = (cluster: Cluster): postgres.Socket => ({
  folder: clusterPaths(cluster).sockets,
  port: cluster.port,
})

/**
 * Runs SQL in a cluster as its superuser. The SQL goes to standard input, so no command line shows it.
 * @returns the rows, each a list of values as text.
 * @throws GatlingError DATABASE_DOWN or SQL_FAILED.
 */
export const runSql = async (
  cluster: Cluster,
  sql: string,
  database = databaseName,
): Promise<readonly (readonly string[])[]> => {
  const { status, rows, said } = await askAt(socketOf(cluster), sql, database)
  // psql ends with 2 if there was no connection (psql(1), EXIT STATUS).
  if (status === 2) throw databaseDown(cluster, said)
  if (status !== 0) throw sqlFailed(said)
  return rows
}

/** Runs SQL in a cluster that Debian's tools do not manage. @throws GatlingError SQL_FAILED. */
export const runSqlAt = async (
  socket: postgres.Socket,
  sql: string,
  database: string,
): Promise<readonly (readonly string[])[]> => {
  const { status, rows, said } = await askAt(socket, sql, database)
  if (status !== 0) throw sqlFailed(said)
  return rows
}

const askAt = async (socket: postgres.Socket, sql: string, database: string) => {
  const command = postgres.asPostgres(postgres.script(socket, database, sql))
  const { status, stdout, stderr } = await runCommand(command)
  const lines = stdout.split('\n').filter(line => line !== '')
  return { status, rows: lines.map(line => line.split('\t')), said: stderr.trim().split('\n') }
}

/** Decides whether a cluster starts with the machine. If not, it stops the cluster now. */
export const startAtBoot = async (cluster: Cluster, does: boolean): Promise<void> => {
  const { atBoot, unit } = clusterPaths(cluster)
  await must(postgres.writeFile(atBoot, does ? 'auto\n' : 'manual\n'))
  if (!does) await runCommand(systemd.stop(unit))
}

/** A number: some versions of the tool write it as text. */
const text = v.pipe(v.union([v.string(), v.number()]), v.transform(String))
const listedSchema = v.array(
  v.object({ version: text, cluster: v.string(), port: v.pipe(text, v.transform(Number)) }),
)

/** Lists every cluster of this machine, even those that Gatling did not make. @throws GatlingError COMMAND_FAILED. */
export const clustersHere = async (): Promise<readonly Cluster[]> => {
  const found = await runCommand(postgres.listClusters)
  // With 127 the machine has no such program, so it has no cluster.
  if (found.status === 127) return []
  const stdout = succeeded(postgres.listClusters, found)
  return v
    .parse(listedSchema, JSON.parse(stdout))
    .map(({ version, cluster, port }) => ({ version, name: cluster, port }))
}

export const isThere = async (cluster: Pick<Cluster, 'version' | 'name'>): Promise<boolean> =>
  (await clustersHere()).some(({ version, name }) => version === cluster.version && name === cluster.name)
