import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import { GatlingError } from '../../core/error.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { whileLocked } from '../../hosts/lock.js'
import { must } from '../../hosts/must.js'
import { type Counts, changeBackups, readBackups } from '../../state/backups.js'
import type { Database } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { scratchAccess, scratchSettings } from '../../templates/scratch.js'
import { settle } from '../alone.js'
import { clusterPaths, databaseName, runSqlAt } from '../cluster.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { note } from '../storage/back-up.js'
import { attempted, inEachPlace } from './attempts.js'
import { storageOf } from './config.js'
import { countRowsAt } from './counts.js'
import { copyNotStarted, noBackups, proofFailed } from './errors.js'
import { lastWords } from './follower.js'
import type { Backup, Place } from './repository.js'
import { keptOf, refuseWithoutRoom, runTool, stanzaOf } from './tool.js'

/** The result of a proof. */
export interface Proof {
  readonly backup: string
  readonly place: Place
  readonly tables: number
  readonly rows: number
}

/**
 * Restores the newest backup of each place into a scratch cluster that nothing else can reach, checks it, and removes
 * it. It notes the result for status and doctor.
 * @throws GatlingError NO_DATABASE, NO_BACKUPS or DATABASE_FAILED.
 */
export const verify = async (
  project: string,
  emit: (event: EventBody) => void,
): Promise<readonly Proof[]> => {
  await settle(project, emit)
  return whileLocked(proofLock(project), async () => {
    const places: readonly Place[] =
      storageOf(project) && readBackups(project)?.storage?.good_at ? ['here', 'storage'] : ['here']
    return inEachPlace(places, place => verifyIn(place, project, emit))
  })
}

const verifyIn = async (place: Place, project: string, emit: (event: EventBody) => void): Promise<Proof> => {
  const database = databaseOf(project)
  const backup = (await keptOf(project, database.cluster, place)).backups.at(-1)
  if (!backup) throw noBackups(project)
  const { id } = backup
  return attempted(
    () => prove(database, backup, emit),
    async (attempt, done) => {
      const proof = { ...attempt, backup: id }
      if (place === 'storage') await note(project, { proof })
      await changeBackups(project, known => ({
        ...known,
        proof: place === 'here' ? proof : known.proof,
        proved: done === null ? known.proved : { ...known.proved, [id]: attempt.at },
      }))
    },
  )
}

/** Names the lock that is held while a backup is proved. */
export const proofLock = (project: string): string => serverPaths.lock(`proof-${project}`)

const scratchOf = ({ project }: Pick<Database, 'project'>) => {
  const folder = join(serverPaths.backupFolder(project), 'scratch')
  return {
    folder,
    data: join(folder, 'data'),
    unit: `gatling-scratch-${project}`,
    socket: { folder, port: 5_432 },
  }
}

const prove = async (
  database: Database,
  backup: Backup,
  emit: (event: EventBody) => void,
): Promise<Proof> => {
  const { project } = database
  const expected = readBackups(project)?.counts[backup.id] ?? null
  const found: Counts[] = []
  const remove = (): Promise<void> => removeScratch(database)
  const actions: readonly Action[] = [
    { name: 'remove_scratch', run: remove },
    {
      name: 'check_room',
      run: () => refuseWithoutRoom('a restore', serverPaths.backupFolder(project), backup.databaseSize),
    },
    { name: 'restore_scratch', run: () => restoreScratch(database, backup, expected), undo: remove },
    { name: 'start_scratch', run: () => startScratch(database, backup.place) },
    {
      name: 'compare_tables',
      run: async () => {
        const counts = await countRowsAt(scratchOf(database).socket)
        const wrong = expected === null ? [] : differences(expected, counts)
        if (wrong.length > 0) throw proofFailed(backup.id, wrong)
        found.push(counts)
      },
    },
    { name: 'check_pages', run: () => checkPages(database, backup) },
    { name: 'remove_scratch', run: remove },
  ]
  await runActions(actions, {
    verb: 'verify',
    project,
    kept: 'The database serves as before.',
    emit,
  })
  const tables = found[0]?.tables ?? []
  return {
    backup: backup.id,
    place: backup.place,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
  }
}

/** Removes what a killed proof has left. A running proof holds its lock, and goes on. */
export const tidyScratch = async (project: string): Promise<void> => {
  const database = databaseOf(project)
  if (!existsSync(scratchOf(database).folder)) return
  await whileLocked(proofLock(project), () => removeScratch(database), 0).catch(error => {
    if (!(error instanceof GatlingError && error.code === 'LOCK_HELD')) throw error
  })
}

/** Removes the scratch cluster, even one that a killed proof has left. The caller holds the lock. */
export const removeScratch = async (database: Database): Promise<void> => {
  const { unit, folder } = scratchOf(database)
  await runCommand(systemd.stop(`${unit}.service`))
  await must(files.remove(folder))
}

const restoreScratch = async (database: Database, backup: Backup, expected: Counts | null): Promise<void> => {
  const { folder, data } = scratchOf(database)
  for (const path of [folder, data]) await must(postgres.makeFolder(path))
  // The tables were counted right after the backup.
  const target =
    expected === null ? ({ type: 'immediate' } as const) : ({ type: 'lsn', at: expected.lsn } as const)
  await runTool(
    pgbackrest.restore(
      stanzaOf(database.project, { name: backup.stanza }, backup.place),
      backup.id,
      data,
      target,
    ),
  )
  const settings = scratchSettings({ sockets: folder, connections: database.connections })
  await must(postgres.writeFile(join(data, 'postgresql.conf'), settings))
  await must(postgres.writeFile(join(data, 'pg_hba.conf'), scratchAccess))
  await must(postgres.writeFile(join(data, 'pg_ident.conf'), ''))
}

/** Starts the scratch cluster in a transient unit. Apps have priority over it. */
const startScratch = async (database: Database, place: Place): Promise<void> => {
  const { unit, data, socket } = scratchOf(database)
  await must(
    systemd.runIn({
      name: unit,
      description: `Proof of a backup of ${database.project}`,
      properties: [
        'Type=notify',
        'User=postgres',
        'TimeoutStartSec=infinity',
        'Nice=10',
        'CPUWeight=20',
        'IOWeight=20',
        'MemoryMax=25%',
        // Its replay fetches WAL; from the storage it needs a network.
        ...(place === 'here' ? ['PrivateNetwork=yes'] : []),
        'SyslogIdentifier=gatling-scratch',
      ],
      environment: {},
      attached: 'no',
      argv: [join(clusterPaths(database.cluster).programs, 'postgres'), '-D', data],
    }),
  )
  while (!(await isReady(socket))) {
    if ((await runCommand(systemd.isActive(`${unit}.service`))).status !== 0)
      throw copyNotStarted(unit, await lastWords(unit))
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

const isReady = (socket: postgres.Socket): Promise<boolean> =>
  runSqlAt(socket, 'SELECT pg_is_in_recovery()', 'postgres').then(
    ([row]) => row?.[0] === 'f',
    () => false,
  )

const checkPages = async (database: Database, { id }: Backup): Promise<void> => {
  const { socket } = scratchOf(database)
  const wrong = await damagedPages(clusterPaths(database.cluster).programs, socket)
  if (wrong.length > 0) throw proofFailed(id, wrong)
}

/**
 * Reads every page of every table and index (pg_amcheck(1)).
 * @returns what is damaged; PostgreSQL 13 has no such check.
 */
export const damagedPages = async (programs: string, socket: postgres.Socket): Promise<readonly string[]> => {
  const program = join(programs, 'pg_amcheck')
  if (!existsSync(program)) return []
  const check = postgres.asPostgres(postgres.checkPages(program, socket, databaseName))
  const { status, stdout, stderr } = await runCommand(check)
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n').slice(-8)
}

/** Lists the tables that differ. A table that was written to at that moment can differ a little. */
export const differences = (expected: Counts, found: Counts): readonly string[] =>
  expected.tables.flatMap(({ name, rows, busy }) => {
    const now = found.tables.find(table => table.name === name)
    if (!now) return busy ? [] : [`${name} is missing`]
    if (rows === null || now.rows === null || rows === now.rows) return []
    if (busy && (now.rows > 0 || rows < fewRows)) return []
    return [`${name} has ${now.rows} rows, and had ${rows}`]
  })

/** Below this number, one transaction can have deleted all rows of a busy table. */
const fewRows = 1_000
