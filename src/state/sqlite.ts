import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { whileLocked } from '../hosts/lock.js'
import { backupsEntries, copyEntries, noBackupsYet } from './backups.js'
import { jsonNames, readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const fileSchema = v.object({
  ...copyEntries,
  /** Its path, in a folder of the app. */
  path: v.pipe(v.string(), v.startsWith('/')),
})
/** A SQLite file of an app: the live one, one that was live before, or one that was restored beside it. */
export type SqliteFile = v.InferOutput<typeof fileSchema>

const backedUpSchema = v.object({
  /** The size of the file, and what it added to the repository, in bytes. */
  size: v.number(),
  added: v.number(),
  tables: v.array(v.object({ name: v.string(), rows: v.number() })),
})
export type BackedUp = v.InferOutput<typeof backedUpSchema>

const sqliteSchema = v.object({
  ...backupsEntries,
  copies: v.array(fileSchema),
  /** By the id of a backup. */
  backups: v.record(v.string(), backedUpSchema),
  /** Whether its timers were started once. After that only a person starts them again. */
  scheduled: v.boolean(),
  /** The time that names its folder in the storage. No other machine ever writes there. */
  stored_since: v.optional(v.pipe(v.string(), v.isoTimestamp())),
})

/** What root records about the SQLite file of an app and its backups, in addition to what restic knows. */
export type Sqlite = v.InferOutput<typeof sqliteSchema>

const folder = join(serverPaths.etc, 'sqlite')
const pathOf = (project: string): string => join(folder, `${project}.json`)
/** Returns the file of the key that encrypts the backups. */
export const backupKey = (project: string): string => join(folder, `${project}.key`)

/** Reads the record of an app's SQLite file; null: it was never backed up. @throws GatlingError STATE_BROKEN. */
export const readSqlite = (project: string): Sqlite | null => readJson(pathOf(project), sqliteSchema)

/** Changes the record under a lock, so that no simultaneous change is lost. */
export const changeSqlite = (project: string, change: (known: Sqlite) => Sqlite): Promise<void> =>
  whileLocked(serverPaths.lock(`sqlite-${project}`), async () =>
    writeJson(pathOf(project), change(readSqlite(project) ?? nothing)),
  )
const nothing: Sqlite = { ...noBackupsYet, copies: [], backups: {}, scheduled: false }

export const forgetSqlite = (project: string): void => {
  for (const path of [pathOf(project), backupKey(project)]) rmSync(path, { force: true })
}

/** Lists the apps whose SQLite file has, or had, backups. */
export const projectsWithSqlite = (): readonly string[] => jsonNames(folder)
