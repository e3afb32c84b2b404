import { chmodSync, chownSync, statSync } from 'node:fs'
import { flush } from '../commands/files.js'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import type { Action } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { runCommand } from '../hosts/capture.js'
import { whileLocked } from '../hosts/lock.js'
import { must } from '../hosts/must.js'
import { readBackups } from '../state/backups.js'
import {
  type Cluster,
  type Database,
  forgetDatabase,
  logins,
  readDatabase,
  writeDatabase,
} from '../state/database.js'
import { appPaths } from '../state/paths.js'
import { serverPaths, userOf } from '../state/server.js'
import { clusterAccess, clusterLimits, clusterSettings } from '../templates/postgres.js'
import { whileAlone } from './alone.js'
import { freePort } from './backups/ports.js'
import { removeBackups } from './backups/tidy.js'
import { clusterPaths, databaseName, isThere, ownerRole, runSql } from './cluster.js'
import { clusterTaken, databaseUrlSet } from './errors.js'
import { removeHalfMade } from './half-made.js'
import { installPostgres, newestPostgres } from './install.js'
import { connectionsOf, databaseOf, openLogin } from './lookup.js'
import { reserveOn, walRoom } from './reserve.js'
import { runActions } from './run-actions.js'
import { connectionsFor, loginIn, readUrl, removeUrl, urlOf, writeUrl } from './url.js'
import { newPassword } from './verifier.js'
import { type WantedFile, writeFile } from './write-file.js'

/** Data from elsewhere for a new cluster. */
export interface Source {
  /** The major version of PostgreSQL that wrote the data. */
  readonly version: string
  /** Replaces the data of the new cluster. Afterwards its logins are closed. */
  fill(cluster: Cluster): Promise<void>
}

/**
 * Makes a database for an app of this server, or finishes and repairs what an earlier run has made.
 * @param source the data to begin with; null: none.
 * @throws GatlingError DATABASE_URL_SET, CLUSTER_TAKEN or DATABASE_FAILED.
 */
export const createDatabase = (
  project: string,
  source: Source | null,
  emit: (event: EventBody) => void,
): Promise<void> =>
  whileAlone(project, emit, async () => {
    const known = readDatabase(project)
    const url = readUrl(project)
    if (url !== null && (known === null || loginIn(url, known) === null)) throw databaseUrlSet(project)
    const kept = known === null ? 'Nothing of it is left.' : 'What was there before is as it was.'
    await runActions(actionsFor(project, known, source), { verb: 'create', project, kept, emit })
  })

const actionsFor = (project: string, known: Database | null, source: Source | null): readonly Action[] => [
  installPostgres,
  ...(known !== null && !known.created ? [dropOldBackups(project)] : []),
  chooseCluster(project, known, source?.version ?? null),
  writeFile(
    'limit_cluster',
    () => limitsOf(databaseOf(project)),
    () => must(systemd.reload),
  ),
  createCluster(project, source),
  limitAccess(project),
  writeFile(
    'configure_cluster',
    () => settingsOf(databaseOf(project)),
    () => restart(project),
  ),
  startCluster(project),
  shareSocket(project),
  createRoles(project),
  setDatabaseUrl(project),
]

/** Removes the backups of an earlier database. A half made or half destroyed one has no backups. */
export const dropOldBackups = (project: string): Action => ({
  name: 'remove_old_backups',
  isMade: () => readBackups(project) === null,
  run: () => removeBackups(project),
})

/**
 * Notes the cluster before it is made, so that the next run finds what a killed one left.
 * @param like the version of PostgreSQL that a new one must have; null: the newest.
 */
export const chooseCluster = (project: string, known: Database | null, like: string | null): Action => ({
  name: 'choose_cluster',
  isMade: () => known?.connections === connectionsFor(project),
  run: async () => {
    const connections = connectionsFor(project)
    if (known !== null) return writeDatabase({ ...known, connections })
    const version = like ?? newestPostgres() ?? ''
    if (await isThere({ version, name: project })) throw clusterTaken({ version, name: project })
    // Without the lock, two new databases could choose the same port.
    await whileLocked(serverPaths.lock('databases'), async () => {
      const cluster = { version, name: project, port: await freePort() }
      writeDatabase({ project, cluster, connections, made: new Date().toISOString() })
    })
  },
  // A repair that fails must not forget a database in use.
  undo: () => (known?.created === true ? writeDatabase(known) : forgetDatabase(project)),
})

const limitsOf = ({ project, cluster, connections }: Database): WantedFile => {
  const paths = clusterPaths(cluster)
  return {
    path: paths.limits,
    text: clusterLimits({ user: userOf(project), paths, connections }),
    mode: 0o644,
  }
}

const settingsOf = ({ cluster, connections }: Database): WantedFile => ({
  path: clusterPaths(cluster).settings,
  text: clusterSettings({ connections, wal: walRoom(reserveOn('/var/lib/postgresql')) }),
})

/** Lets only PostgreSQL's own user and the app log in. */
export const limitAccess = (project: string): Action =>
  writeFile(
    'limit_access',
    () => accessOf(databaseOf(project)),
    () => restart(project),
  )

const accessOf = ({ cluster }: Database): WantedFile => ({
  path: clusterPaths(cluster).access,
  text: clusterAccess(databaseName, ownerRole),
})

/** Names the unit that makes a cluster. It goes on when Gatling is killed, and the next run stops it. */
const maker = (project: string): string => `gatling-cluster-${project}`

const createCluster = (project: string, source: Source | null): Action => ({
  name: source === null ? 'create_cluster' : 'bring_back_cluster',
  isMade: () => databaseOf(project).created === true,
  run: async () => {
    const database = databaseOf(project)
    const { cluster } = database
    const { sockets, config, data } = clusterPaths(cluster)
    await runCommand(systemd.stop(`${maker(project)}.service`))
    await removeHalfMade(cluster)
    await must(
      systemd.runIn({
        name: maker(project),
        description: `Makes the PostgreSQL cluster of ${project}`,
        properties: ['Type=exec'],
        environment: {},
        attached: 'pipe',
        argv: postgres.createCluster(cluster, cluster.port, sockets).argv,
      }),
    )
    // The data is on the disk before it is noted as made.
    await source?.fill(cluster)
    for (const folder of [data, config]) await must(flush(folder))
    writeDatabase({ ...database, created: true })
  },
  undo: async () => {
    const { created: _, ...database } = databaseOf(project)
    writeDatabase(database)
    await removeHalfMade(database.cluster)
  },
})

/** Restarts the cluster if it runs. Otherwise it starts with the new files later. */
const restart = (project: string): Promise<void> =>
  must(systemd.tryRestart(clusterPaths(databaseOf(project).cluster).unit))

const startCluster = (project: string): Action => ({
  name: 'start_cluster',
  isMade: () => answers(project),
  run: async () => {
    const { cluster } = databaseOf(project)
    await must(systemd.start(clusterPaths(cluster).unit))
    await runSql(cluster, 'SELECT 1', 'postgres')
  },
})

const answers = (project: string): Promise<boolean> =>
  runSql(databaseOf(project).cluster, 'SELECT 1', 'postgres').then(
    () => true,
    () => false,
  )

/**
 * Gives the app's group access to the socket. An app that was unloaded and made again has a new group, and the unit
 * sets the group only at a start.
 */
export const shareSocket = (project: string): Action => {
  const folder = (): string => clusterPaths(databaseOf(project).cluster).sockets
  return {
    name: 'share_socket',
    isMade: () => {
      const { gid, mode } = statSync(folder())
      return gid === groupOf(project) && (mode & 0o777) === 0o750
    },
    run: () => {
      chownSync(folder(), statSync(folder()).uid, groupOf(project))
      chmodSync(folder(), 0o750)
    },
  }
}

const groupOf = (project: string): number => statSync(appPaths(serverPaths.home, project).root).gid

/** Creates a role that owns everything, and two logins that act as this role. */
const createRoles = (project: string): Action => ({
  name: 'create_roles',
  isMade: async () => {
    const { cluster } = databaseOf(project)
    const [row] = await runSql(cluster, isReady, 'postgres')
    return row?.[0] === 't'
  },
  run: async () => {
    const { cluster } = databaseOf(project)
    await runSql(cluster, roles, 'postgres')
    const [row] = await runSql(
      cluster,
      `SELECT 1 FROM pg_database WHERE datname = '${databaseName}'`,
      'postgres',
    )
    if (row === undefined)
      await runSql(cluster, `CREATE DATABASE ${databaseName} OWNER ${ownerRole}`, 'postgres')
    await runSql(cluster, `REVOKE ALL ON DATABASE ${databaseName} FROM PUBLIC`, 'postgres')
  },
})

const isReady = `SELECT count(*) = 2 AND EXISTS (SELECT FROM pg_database WHERE datname = '${databaseName}' AND
  datacl IS NOT NULL) FROM pg_db_role_setting WHERE setconfig = '{role=${ownerRole}}'`

const roles = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${ownerRole}') THEN CREATE ROLE ${ownerRole}; END IF;
${logins
  .map(
    login => `  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${login}') THEN CREATE ROLE ${login}; END IF;
  GRANT ${ownerRole} TO ${login};
  ALTER ROLE ${login} SET role = '${ownerRole}';`,
  )
  .join('\n')}
END $$`

/**
 * Sets DATABASE_URL with a new password. Only this value contains the password; PostgreSQL has a hash that checks it.
 */
export const setDatabaseUrl = (project: string): Action => ({
  name: 'set_database_url',
  isMade: () => loginIn(readUrl(project), databaseOf(project)) !== null,
  run: async () => {
    const database = databaseOf(project)
    // An instance can still run with an address that was unset, so its login stays.
    const login = (await connectionsOf(database, [logins[0]])) === 0 ? logins[0] : logins[1]
    const password = newPassword()
    await openLogin(database, login, password)
    await writeUrl(project, urlOf(database, login, password))
  },
  undo: () => removeUrl(project),
})
