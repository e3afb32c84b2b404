import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { stampOf } from '../core/stamp.js'
import type { Database } from './database.js'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

/** One line without spaces, because it is written into a configuration file of pgBackRest. */
const word = v.pipe(v.string(), v.regex(/^[!-~]+$/))

const storageSchema = v.object({
  bucket: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
  /** The path below which everything of this server is. It begins with a slash, and is empty for the whole bucket. */
  path: v.pipe(v.string(), v.regex(/^(?:\/[\w.-]+)*$/)),
  /** A host, optionally with a port. It must answer https. */
  endpoint: v.pipe(v.string(), v.regex(/^[\w.-]+(?::\d+)?$/)),
  region: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
  key: word,
  secret: word,
  /** The passphrase that encrypts everything in the storage. */
  passphrase: word,
  set_at: v.pipe(v.string(), v.isoTimestamp()),
})

/** The S3-compatible storage for the backups of every database of this server. Only root can read this record. */
export type Storage = v.InferOutput<typeof storageSchema>

/** Reads the storage; null: this server has none. @throws GatlingError STATE_BROKEN. */
export const readStorage = (): Storage | null => readJson(serverPaths.storage, storageSchema)
export const writeStorage = (storage: Storage): void => writeJson(serverPaths.storage, storage)
export const forgetStorage = (): void => rmSync(serverPaths.storage, { force: true })

/** Checks a storage; null: a field is invalid. */
export const parseStorage = (storage: Storage): Storage | null => {
  const { success, output } = v.safeParse(storageSchema, storage)
  return success ? output : null
}

/** Writes the address of a storage as a person does. */
export const addressOf = ({ bucket, path }: Storage, rest = ''): string => `s3://${bucket}${path}${rest}`

/**
 * Returns the folder of a database. Each database that ever had the app's name has its own, so that none writes into
 * another's.
 */
export const folderOf = ({ project, made }: Database): string => `/${project}/${stampOf(new Date(made))}`

/** Returns the folder for the SQLite file of an app, whose backups have another format. */
export const sqliteFolderOf = (project: string, since: Date): string =>
  `/${project}/${sqlitePrefix}${stampOf(since)}`

const sqlitePrefix = 'sqlite-'

/**
 * Tells what a folder of an app in the storage contains backups of, and the time in its name; null: it is not
 * Gatling's.
 */
export const kindOfFolder = (
  name: string,
): { readonly kind: 'postgres' | 'sqlite'; readonly since: string } | null => {
  const [, prefix, since] = /^(sqlite-)?(\d{8}T\d{6}Z)$/.exec(name) ?? []
  return since === undefined ? null : { kind: prefix === undefined ? 'postgres' : 'sqlite', since }
}
