import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { stampOf } from '../core/stamp.js'
import type { Database } from './database.js'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

/** One line without spaces: each ends up in a configuration file of pgBackRest's. */
const word = v.pipe(v.string(), v.regex(/^[!-~]+$/))

const storageSchema = v.object({
  bucket: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
  /** Below which everything of this server is; it begins with a slash, and is empty for the whole bucket. */
  path: v.pipe(v.string(), v.regex(/^(?:\/[\w.-]+)*$/)),
  /** A host, perhaps with a port; it speaks https. */
  endpoint: v.pipe(v.string(), v.regex(/^[\w.-]+(?::\d+)?$/)),
  region: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
  key: word,
  secret: word,
  /** What everything there is encrypted with. */
  passphrase: word,
  set_at: v.pipe(v.string(), v.isoTimestamp()),
})

/** S3-compatible storage that backups of every database of this server go to. Only root can read what is known of it. */
export type Storage = v.InferOutput<typeof storageSchema>

/** null: this server has none. @throws GatlingError STATE_BROKEN. */
export const readStorage = (): Storage | null => readJson(serverPaths.storage, storageSchema)
export const writeStorage = (storage: Storage): void => writeJson(serverPaths.storage, storage)
export const forgetStorage = (): void => rmSync(serverPaths.storage, { force: true })

/** null: it is not written as one. */
export const parseStorage = (storage: Storage): Storage | null => {
  const { success, output } = v.safeParse(storageSchema, storage)
  return success ? output : null
}

/** As a person writes it. */
export const addressOf = ({ bucket, path }: Storage, rest = ''): string => `s3://${bucket}${path}${rest}`

/** The folder of a database: another one for each that ever had the app's name, so that none writes into another's. */
export const folderOf = ({ project, made }: Database): string => `/${project}/${stampOf(new Date(made))}`

/** The same for the SQLite file of an app, whose backups are of another form. */
export const sqliteFolderOf = (project: string, since: Date): string =>
  `/${project}/${sqlitePrefix}${stampOf(since)}`

const sqlitePrefix = 'sqlite-'

/** What a folder of an app in the storage has the backups of, and when it was named; null: it is none of Gatling's. */
export const kindOfFolder = (
  name: string,
): { readonly kind: 'postgres' | 'sqlite'; readonly since: string } | null => {
  const [, prefix, since] = /^(sqlite-)?(\d{8}T\d{6}Z)$/.exec(name) ?? []
  return since === undefined ? null : { kind: prefix === undefined ? 'postgres' : 'sqlite', since }
}
