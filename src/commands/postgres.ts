import type { Command } from '../core/host.js'

/** Debian's name of a PostgreSQL cluster on this machine. */
export interface ClusterName {
  /** The major version: `17`. */
  readonly version: string
  readonly name: string
}

/**
 * Makes a cluster that only this machine can reach, and that detects damaged pages (pg_createcluster(1), initdb(1)). It
 * does not sync each of the thousand files, so the caller must flush the folders of data and configuration.
 */
export const createCluster = (cluster: ClusterName, port: number, socketFolder: string): Command => ({
  argv: [
    'pg_createcluster',
    ...['--port', String(port), '--socketdir', socketFolder, '--encoding', 'UTF8', '--locale', 'C.UTF-8'],
    ...['--pgoption', 'listen_addresses=', cluster.version, cluster.name, '--'],
    ...['--data-checksums', '--no-sync'],
  ],
  quiet: true,
})

/** Makes the configuration of an existing cluster, from files in its folder (pg_createcluster(1)). */
export const adoptCluster = (cluster: ClusterName, port: number, socketFolder: string): Command => ({
  argv: [
    'pg_createcluster',
    ...['--port', String(port), '--socketdir', socketFolder, cluster.version, cluster.name],
  ],
  quiet: true,
})

/** Stops a cluster and removes its data, its configuration and its log (pg_dropcluster(1)). */
export const dropCluster = ({ version, name }: ClusterName): Command => ({
  argv: ['pg_dropcluster', '--stop', version, name],
  quiet: true,
})

/** Lists every cluster of the machine, as `{ version, cluster, port, running }` (pg_lsclusters(1)). */
export const listClusters: Command = { argv: ['pg_lsclusters', '--json'], quiet: true }

/** Runs a command as PostgreSQL's own user, which owns every cluster (setpriv(1)). */
export const asPostgres = (command: Command): Command => ({
  ...command,
  argv: [
    'setpriv',
    ...['--reuid=postgres', '--regid=postgres', '--init-groups', '--no-new-privs', '--inh-caps=-all'],
    ...command.argv,
  ],
  // That user cannot enter a folder of root, which can be the current one.
  cwd: '/',
})

/**
 * Replaces a file of PostgreSQL's own user in one step, as that user, so that root follows no link of that user. The
 * content is on the disk before the file has its name (sync(1)).
 */
export const writeFile = (path: string, text: string): Command => ({
  ...asPostgres({
    argv: [
      ...(['sh', '-c'] as const),
      'umask 022 && mkdir -p -- "$(dirname -- "$1")" && cat >"$1.new" && sync "$1.new" && mv -- "$1.new" "$1" && sync "$(dirname -- "$1")"',
      ...['sh', path],
    ],
  }),
  input: text,
  quiet: true,
})

export const removeFile = (path: string): Command => ({
  ...asPostgres({ argv: ['rm', '-f', '--', path] }),
  quiet: true,
})

/** Makes a folder that only PostgreSQL's user can enter. */
export const makeFolder = (path: string): Command => ({
  ...asPostgres({ argv: ['install', '-d', '-m', '0700', '--', path] }),
  quiet: true,
})

/** Copies files into a folder, with the modes of new files. */
export const copyFiles = (files: readonly string[], folder: string): Command => ({
  ...asPostgres({ argv: ['cp', '--no-preserve=all', '--', ...files, folder] }),
  quiet: true,
})

/** Makes a cluster of the user who runs this, which detects damaged pages (initdb(1)). Its superuser is `postgres`. */
export const initdb = (data: string): Command => ({
  argv: [
    'initdb',
    ...['--pgdata', data, '--username', 'postgres', '--encoding', 'UTF8', '--locale', 'C.UTF-8'],
    ...['--data-checksums', '--auth', 'reject', '--no-instructions'],
  ],
  quiet: true,
})

/** Starts a server that outlives this process, and waits until it answers (pg_ctl(1)). */
export const start = (data: string, log: string): Command => ({
  argv: ['pg_ctl', 'start', '--wait', '--silent', '--pgdata', data, '--log', log],
  quiet: true,
})

/** Stops a server: ends its connections, and waits until all data is on the disk. */
export const stop = (data: string): Command => ({
  argv: ['pg_ctl', 'stop', '--wait', '--silent', '--mode', 'fast', '--pgdata', data],
  quiet: true,
})

/** Fills an empty database from a dump, in one transaction. Everything in it belongs to the owner (pg_restore(1)). */
export const restoreDump = (
  { folder, port }: Socket,
  database: string,
  owner: string,
  path: string,
): Command => ({
  argv: [
    'pg_restore',
    ...['--no-owner', '--role', owner, '--single-transaction', '--exit-on-error'],
    ...['--host', folder, '--port', String(port), '--dbname', database, path],
  ],
  quiet: true,
})

export interface Socket {
  readonly folder: string
  readonly port: number
}

/**
 * Runs SQL from its input, stops at the first error, and prints only values: one row a line, with tabs between columns
 * (psql(1)).
 */
export const script = ({ folder, port }: Socket, database: string, sql: string): Command => ({
  argv: [
    'psql',
    ...['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--field-separator', '\t'],
    ...['--set', 'ON_ERROR_STOP=1', '--host', folder, '--port', String(port), '--dbname', database],
  ],
  input: sql,
  // It can run as superuser in an app's database. Without this the app's functions could be called instead of
  // PostgreSQL's.
  env: { PGOPTIONS: '-c search_path=pg_catalog' },
  quiet: true,
})

/** Opens the shell of the database, for a person or for a script on its input. A script ends at its first error. */
export const psql = (
  { folder, port }: Socket,
  database: string,
  login: string,
  shown: string,
  isScript: boolean,
): Command => ({
  argv: [
    'psql',
    ...['--no-psqlrc', '--no-password', '--host', folder, '--port', String(port)],
    ...['--username', login, '--dbname', database],
    ...(isScript ? ['--set', 'ON_ERROR_STOP=1'] : ['--set', `PROMPT1=${shown}%R%x%# `]),
  ],
})

/** Runs the script on its input in one transaction. It ends at the first error, and prints no rows (psql(1)). */
export const wholeScript = ({ folder, port }: Socket, database: string, login: string): Command => ({
  argv: [
    'psql',
    ...['--no-psqlrc', '--no-password', '--quiet', '--host', folder, '--port', String(port)],
    ...['--username', login, '--dbname', database],
    ...['--set', 'ON_ERROR_STOP=1', '--single-transaction', '--output', '/dev/null', '--file', '-'],
  ],
})

/** Dumps a database, compressed, for pg_restore(1), into a file that only its writer can read. */
export const dump = ({ folder, port }: Socket, database: string, path: string): Command => ({
  argv: [
    ...(['sh', '-c', 'umask 077 && exec "$@"', 'sh', 'pg_dump'] as const),
    ...['--format', 'custom', '--host', folder, '--port', String(port), '--file', path, database],
  ],
  quiet: true,
})

/** The folder of one version's programs, and the data or configuration of one of its clusters. */
export interface Side {
  readonly programs: string
  readonly folder: string
}

/**
 * Moves the data of one version into an empty cluster of a newer version, by links to its files. The old cluster can no
 * longer be used (pg_upgrade(1)).
 * @param sockets a folder for the sockets of both.
 */
export const upgrade = (old: Side, fresh: Side, sockets: string): readonly [string, ...string[]] => [
  `${fresh.programs}/pg_upgrade`,
  ...['--link', '--socketdir', sockets],
  ...['--old-bindir', old.programs, '--old-datadir', old.folder],
  ...['--new-bindir', fresh.programs, '--new-datadir', fresh.folder],
]

/** Gathers statistics of all tables for the planner, rough ones first (vacuumdb(1)). */
export const analyze = (programs: string, { folder, port }: Socket): Command => ({
  argv: [`${programs}/vacuumdb`, '--all', '--analyze-in-stages', '--host', folder, '--port', String(port)],
  quiet: true,
})

/** Prints the reasons of a failed pg_upgrade, from files of the newer cluster. */
export const upgradeReasons = (data: string): Command => ({
  ...asPostgres({
    argv: [
      ...(['find', `${data}/pg_upgrade_output.d`, '-name', '*.txt'] as const),
      ...['-exec', 'tail', '-n', '8', '{}', '+'],
    ],
  }),
  quiet: true,
})

/** Checks every page of every table and index of a database (pg_amcheck(1)). */
export const checkPages = (program: string, { folder, port }: Socket, database: string): Command => ({
  argv: [program, ...['--host', folder, '--port', String(port), '--install-missing', '--database', database]],
  quiet: true,
})
