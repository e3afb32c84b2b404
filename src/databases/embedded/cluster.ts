import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import type { Command } from '../../core/host.js'
import { runCommand } from '../../hosts/capture.js'
import { readIfThere } from '../../hosts/files.js'
import { whileLocked } from '../../hosts/lock.js'
import { succeeded } from '../../hosts/must.js'
import { titleOf } from '../../hosts/procfs.js'
import { homeTooLong } from '../../keeper/errors.js'
import { longestSocketPath } from '../../keeper/server.js'
import { sqlFailed } from '../errors.js'
import { newestPostgres, versions } from '../install.js'
import { databaseAsRoot, embeddedDown, postgresMissing } from './errors.js'

const port = 5_432

/** The PostgreSQL of an app in embedded mode: a cluster of the user who runs it, which only a socket reaches. */
export interface Embedded {
  readonly project: string
  /** The folder of all its files. Only its owner can enter it. */
  readonly folder: string
  readonly data: string
  readonly log: string
  /** The dumps of `gatling db backup`. */
  readonly dumps: string
  readonly socket: postgres.Socket
}

const databases = (home: string): string => join(home, 'databases')

export const embeddedOf = (home: string, project: string): Embedded =>
  embeddedIn(project, join(databases(home), project))

export const embeddedIn = (project: string, folder: string): Embedded => ({
  project,
  folder,
  data: join(folder, 'data'),
  log: join(folder, 'postgres.log'),
  dumps: join(folder, 'backups'),
  socket: { folder, port },
})

/** Names the lock of the database. It is beside the folder, which is made and removed under the lock. */
export const lockOf = ({ folder }: Embedded): string => `${folder}.lock`

/** Tells whether the cluster was completely made: it gets its folder only then. */
export const isMade = ({ data }: Embedded): boolean => existsSync(join(data, 'PG_VERSION'))

/** Refuses where no cluster can run. @throws GatlingError DATABASE_AS_ROOT, POSTGRES_MISSING or HOME_TOO_LONG. */
export const refuseImpossible = (embedded: Embedded): void => {
  if (process.geteuid?.() === 0) throw databaseAsRoot()
  const path = join(embedded.folder, `.s.PGSQL.${port}`)
  if (Buffer.byteLength(path) > longestSocketPath) throw homeTooLong(path)
  programsOf(embedded)
}

/**
 * Returns the folder of the programs of its version, or of the newest installed one.
 * @throws GatlingError POSTGRES_MISSING.
 */
const programsOf = ({ data }: Embedded): string => {
  const known = readIfThere(join(data, 'PG_VERSION'))?.trim() ?? null
  const version = known ?? newestPostgres()
  const folder = join(versions, version ?? '', 'bin')
  if (version === null || !existsSync(join(folder, 'initdb'))) throw postgresMissing(known)
  return folder
}

/** Returns a command with the programs of this cluster, as its superuser unless it names another user. */
export const withPrograms = (embedded: Embedded, command: Command): Command => ({
  ...command,
  env: {
    PGUSER: 'postgres',
    ...command.env,
    PATH: `${programsOf(embedded)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
  },
})

/** Runs a command of PostgreSQL's. @returns what it writes. @throws GatlingError COMMAND_FAILED. */
export const run = async (embedded: Embedded, command: Command): Promise<string> => {
  const full = withPrograms(embedded, command)
  return succeeded(full, await runCommand(full))
}

/**
 * How long a start is tried, in ms. The processes of a killed server end a moment after it, and hold its shared memory
 * until then.
 */
const startMs = 10_000

/**
 * Starts the cluster unless it runs, for example after a reboot or without `gatling serve`.
 * @throws GatlingError EMBEDDED_DATABASE_DOWN.
 */
export const ensureRunning = async (embedded: Embedded): Promise<void> => {
  if (isRunning(embedded)) return
  await whileLocked(`${embedded.folder}.start`, async () => {
    const deadline = performance.now() + startMs
    while (!isRunning(embedded)) {
      // After a power cut another process can have its process id, which would prevent the start.
      rmSync(pidFile(embedded), { force: true })
      const command = withPrograms(embedded, postgres.start(embedded.data, embedded.log))
      const { status, stderr } = await runCommand(command)
      if (status === 0) return
      if (performance.now() > deadline)
        throw embeddedDown(embedded.project, embedded.log, saidBy(embedded, stderr))
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  })
}

const saidBy = ({ log }: Embedded, stderr: string): readonly string[] => [
  ...stderr.trim().split('\n').slice(-1),
  ...(readIfThere(log) ?? '').trim().split('\n').slice(-4),
]

const pidFile = ({ data }: Embedded): string => join(data, 'postmaster.pid')

/** Tells whether the noted process is a server of this data. A dead process has no command line. */
export const isRunning = (embedded: Embedded): boolean => {
  const pid = Number(readIfThere(pidFile(embedded))?.split('\n')[0])
  return pid > 0 && titleOf(pid).includes(embedded.data)
}

export const stopRunning = async (embedded: Embedded): Promise<void> => {
  if (isRunning(embedded)) await run(embedded, postgres.stop(embedded.data))
}

/** Runs SQL as its superuser. @returns the rows, each a list of values as text. @throws GatlingError SQL_FAILED. */
export const runSql = async (
  embedded: Embedded,
  sql: string,
  database = 'postgres',
): Promise<readonly (readonly string[])[]> => {
  const { status, stdout, stderr } = await runCommand(
    withPrograms(embedded, postgres.script(embedded.socket, database, sql)),
  )
  if (status !== 0) throw sqlFailed(stderr.trim().split('\n'))
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t'))
}

/** Lists the databases that were made in a home. */
const madeIn = (home: string): readonly Embedded[] =>
  existsSync(databases(home))
    ? readdirSync(databases(home))
        .map(name => embeddedOf(home, name))
        .filter(isMade)
    : []

/** Starts the databases of a home, for `gatling serve`. @param tell gets the reason if one does not start. */
export const startAll = async (home: string, tell: (text: string) => void): Promise<void> => {
  const starts = madeIn(home).map(embedded =>
    ensureRunning(embedded).catch(error => tell(error instanceof Error ? error.message : String(error))),
  )
  await Promise.all(starts)
}

/** Stops the databases of a home, because nothing of embedded mode runs without `gatling serve`. */
export const stopAll = async (home: string, tell: (text: string) => void): Promise<void> => {
  const stops = madeIn(home).map(embedded => stopRunning(embedded).catch(error => tell(String(error))))
  await Promise.all(stops)
}
