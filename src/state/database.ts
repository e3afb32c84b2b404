import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { jsonNames, readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const clusterSchema = v.object({
  /** PostgreSQL's major version: `17`. */
  version: v.pipe(v.string(), v.regex(/^[1-9]\d*$/)),
  /** Debian's name for the cluster. A hyphen would break its unit. */
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_.]*$/)),
  /** The last part of its socket's name. Nothing listens on TCP. */
  port: v.pipe(v.number(), v.integer()),
})

/** One cluster of PostgreSQL, which belongs to one app. */
export type Cluster = v.InferOutput<typeof clusterSchema>

/** The two roles that an app can log in as. While one of them is in use, the other can get a new password. */
export const logins = ['app_1', 'app_2'] as const
export type Login = (typeof logins)[number]

const databaseSchema = v.object({
  project: v.string(),
  /** The live cluster. */
  cluster: clusterSchema,
  /** How many connections the pools of all instances may have together. */
  connections: v.pipe(v.number(), v.integer()),
  /** Set when its cluster was completely made. From then on only `destroy` may remove its data. */
  created: v.optional(v.literal(true)),
  /** The login whose password a running or interrupted rotation changes. */
  rotating: v.optional(v.picklist(logins)),
  /** ISO 8601. */
  made: v.string(),
})

/**
 * Root's record of an app's database. It is written before any part of the database is made, so that no part is
 * forgotten.
 */
export type Database = v.InferOutput<typeof databaseSchema>

export const readDatabase = (project: string): Database | null =>
  readJson(serverPaths.database(project), databaseSchema)

export const writeDatabase = (database: Database): void =>
  writeJson(serverPaths.database(database.project), database)

export const forgetDatabase = (project: string): void =>
  rmSync(serverPaths.database(project), { force: true })

/** Lists the apps that have a database, or a part of one. */
export const projectsWithDatabase = (): readonly string[] => jsonNames(serverPaths.databases)
