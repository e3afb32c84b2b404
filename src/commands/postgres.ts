import type { Command } from '../core/host.js'

/** One of PostgreSQL's clusters on this machine, by Debian's name for it. */
export interface ClusterName {
  /** The major version: `17`. */
  readonly version: string
  readonly name: string
}

/**
 * A cluster that nothing outside of this machine can reach, and that finds damaged pages (pg_createcluster(1), initdb(1)).
 * It does not sync each of its thousand files: flush the folders of data and configuration afterwards, at once.
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

/** Makes the configuration of data that is there, from files in its folder (pg_createcluster(1)). */
export const adoptCluster = (cluster: ClusterName, port: number, socketFolder: string): Command => ({
  argv: [
    'pg_createcluster',
    ...['--port', String(port), '--socketdir', socketFolder, cluster.version, cluster.name],
  ],
  quiet: true,
})

/** Stops it and removes its data, its configuration and its log (pg_dropcluster(1)). */
export const dropCluster = ({ version, name }: ClusterName): Command => ({
  argv: ['pg_dropcluster', '--stop', version, name],
  quiet: true,
})

/** Every cluster of the machine, as a list of `{ version, cluster, port, running }` (pg_lsclusters(1)). */
export const listClusters: Command = { argv: ['pg_lsclusters', '--json'], quiet: true }

/** A program of PostgreSQL's own user, which owns every cluster (setpriv(1)). */
export const asPostgres = (command: Command): Command => ({
  ...command,
  argv: [
    'setpriv',
    ...['--reuid=postgres', '--regid=postgres', '--init-groups', '--no-new-privs', '--inh-caps=-all'],
    ...command.argv,
  ],
  // It cannot enter the folder of root that this may be called in.
  cwd: '/',
})

/**
 * Replaces a file of PostgreSQL's own user in one step, as that user: root follows no link that it could have put there.
 * The file is on the disk before it has its name (sync(1)).
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

/** A folder that only PostgreSQL's user can enter. */
export const makeFolder = (path: string): Command => ({
  ...asPostgres({ argv: ['install', '-d', '-m', '0700', '--', path] }),
  quiet: true,
})

/** Copies files into a folder, with the rights of new ones. */
export const copyFiles = (files: readonly string[], folder: string): Command => ({
  ...asPostgres({ argv: ['cp', '--no-preserve=all', '--', ...files, folder] }),
  quiet: true,
})

/** A cluster of the user who runs this, which finds damaged pages (initdb(1)); its superuser is `postgres`. */
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

/** Ends what is connected, and waits until all is on the disk. */
export const stop = (data: string): Command => ({
  argv: ['pg_ctl', 'stop', '--wait', '--silent', '--mode', 'fast', '--pgdata', data],
  quiet: true,
})

/** Fills an empty database from a dump, all or nothing; everything in it becomes the owner's (pg_restore(1)). */
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

/** Runs SQL from its input, all or nothing, and prints values alone: rows a line, columns with tabs between (psql(1)). */
export const script = ({ folder, port }: Socket, database: string, sql: string): Command => ({
  argv: [
    'psql',
    ...['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--field-separator', '\t'],
    ...['--set', 'ON_ERROR_STOP=1', '--host', folder, '--port', String(port), '--dbname', database],
  ],
  input: sql,
  // It may run as superuser in a database of an app, which could have functions of its own called in place of PostgreSQL's.
  env: { PGOPTIONS: '-c search_path=pg_catalog' },
  quiet: true,
})

/** The shell of the database, for a person or for a script on its input: that one ends at its first mistake. */
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

/** Runs the script on its input in one transaction, ends at its first mistake, and prints no rows (psql(1)). */
export const wholeScript = ({ folder, port }: Socket, database: string, login: string): Command => ({
  argv: [
    'psql',
    ...['--no-psqlrc', '--no-password', '--quiet', '--host', folder, '--port', String(port)],
    ...['--username', login, '--dbname', database],
    ...['--set', 'ON_ERROR_STOP=1', '--single-transaction', '--output', '/dev/null', '--file', '-'],
  ],
})

/** Everything in a database, compressed, for pg_restore(1), in a file that only its writer can read. */
export const dump = ({ folder, port }: Socket, database: string, path: string): Command => ({
  argv: [
    ...(['sh', '-c', 'umask 077 && exec "$@"', 'sh', 'pg_dump'] as const),
    ...['--format', 'custom', '--host', folder, '--port', String(port), '--file', path, database],
  ],
  quiet: true,
})

/** Where one version's programs are, and the data or the configuration of one of its clusters. */
export interface Side {
  readonly programs: string
  readonly folder: string
}

/**
 * Takes the data of one version over into an empty cluster of a newer one, by links to its files: the old data is used up
 * (pg_upgrade(1)).
 * @param sockets a folder for the sockets of both.
 */
export const upgrade = (old: Side, fresh: Side, sockets: string): readonly [string, ...string[]] => [
  `${fresh.programs}/pg_upgrade`,
  ...['--link', '--socketdir', sockets],
  ...['--old-bindir', old.programs, '--old-datadir', old.folder],
  ...['--new-bindir', fresh.programs, '--new-datadir', fresh.folder],
]

/** Gathers what the planner needs to know of all tables: a rough picture first (vacuumdb(1)). */
export const analyze = (programs: string, { folder, port }: Socket): Command => ({
  argv: [`${programs}/vacuumdb`, '--all', '--analyze-in-stages', '--host', folder, '--port', String(port)],
  quiet: true,
})

/** The reasons for which pg_upgrade has failed, in files of the newer cluster. */
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
