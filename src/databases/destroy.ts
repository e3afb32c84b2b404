import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import * as users from '../commands/users.js'
import type { Action } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { stampOf } from '../core/stamp.js'
import { whileLocked } from '../hosts/lock.js'
import { must } from '../hosts/must.js'
import { isLoaded } from '../state/apps.js'
import { forgetDatabase, writeDatabase } from '../state/database.js'
import { serverPaths } from '../state/server.js'
import { whileAlone } from './alone.js'
import { removeBackups } from './backups/tidy.js'
import { backupLock } from './backups/tool.js'
import { proofLock, removeScratch } from './backups/verify.js'
import { clusterPaths, databaseName, socketOf } from './cluster.js'
import { databaseUsed } from './errors.js'
import { removeHalfMade } from './half-made.js'
import { connectionsOf, databaseOf } from './lookup.js'
import { runActions } from './run-actions.js'
import { loginIn, readUrl, removeUrl } from './url.js'

export interface Destroying {
  /** Whether to destroy it although something is connected. */
  readonly inUse: boolean
  /** Whether to write no last dump. */
  readonly noDump: boolean
}

/**
 * Removes the database of an app, with its backups.
 * @returns the path of the last dump; null: there is none.
 * @throws GatlingError NO_DATABASE, DATABASE_USED, DATABASE_DOWN or DATABASE_FAILED.
 */
export const destroyDatabase = async (
  project: string,
  { inUse, noDump }: Destroying,
  emit: (event: EventBody) => void,
): Promise<string | null> =>
  whileAlone(project, emit, () =>
    whileLocked(backupLock(project), () =>
      whileLocked(proofLock(project), () => destroyAlone(project, { inUse, noDump }, emit)),
    ),
  )

const destroyAlone = async (
  project: string,
  { inUse, noDump }: Destroying,
  emit: (event: EventBody) => void,
): Promise<string | null> => {
  const database = databaseOf(project)
  const isWhole = database.created === true
  // A cluster that is down has no users, and its dump fails with the reason.
  const used = isWhole ? await connectionsOf(database).catch(() => 0) : 0
  if (used > 0 && !inUse) throw databaseUsed(project, used)
  const dump = isWhole && !noDump ? dumpPath(project) : null
  const kept = 'The database is there as before.'
  const verb = { verb: 'destroy', project, emit }
  if (dump !== null) await runActions([lastDump(project, dump)], { ...verb, kept })
  await runActions([giveUp(project), dropBackups(project), dropCluster(project), forget(project)], {
    ...verb,
    kept: 'A part of it is gone.',
  })
  return dump
}

/** The folder of the last dumps of removed databases. */
export const dumps = '/var/backups/gatling'

const dumpPath = (project: string): string => join(dumps, `${project}-${stampOf(new Date())}.dump`)

/** Writes the last dump, which only PostgreSQL's user and root can read. */
const lastDump = (project: string, path: string): Action => {
  const part = `${path}.part`
  return {
    name: 'keep_last_dump',
    run: async () => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      await must(users.own('postgres', dirname(path)))
      removeParts(project)
      const { cluster } = databaseOf(project)
      await must(postgres.asPostgres(postgres.dump(socketOf(cluster), databaseName, part)))
      renameSync(part, path)
    },
    undo: () => rmSync(part, { force: true }),
  }
}

/** Removes what killed dumps have left. */
const removeParts = (project: string): void => {
  for (const name of readdirSync(dumps))
    if (name.startsWith(`${project}-`) && name.endsWith('.part')) rmSync(join(dumps, name))
}

/** Unsets DATABASE_URL. From here on nothing uses the data, and the next run completes a killed one. */
const giveUp = (project: string): Action => ({
  name: 'unset_database_url',
  run: async () => {
    const { created: _, ...database } = databaseOf(project)
    if (isLoaded(serverPaths.home, project) && loginIn(readUrl(project), database) !== null)
      await removeUrl(project)
    writeDatabase(database)
  },
})

/** Removes the backups, and the databases that were restored beside it. */
const dropBackups = (project: string): Action => ({
  name: 'remove_backups',
  run: async () => {
    // The lock of the proof is held, so only a killed proof can have left something.
    await removeScratch(databaseOf(project))
    await removeBackups(project)
  },
})

const dropCluster = (project: string): Action => ({
  name: 'drop_cluster',
  run: () => removeHalfMade(databaseOf(project).cluster),
})

const forget = (project: string): Action => ({
  name: 'forget_database',
  run: async () => {
    const { limits, sockets } = clusterPaths(databaseOf(project).cluster)
    for (const path of [dirname(limits), sockets]) rmSync(path, { recursive: true, force: true })
    await must(systemd.reload)
    forgetDatabase(project)
  },
})
