import * as address from '../stacks/phoenix/database-url.js'
import { readApp } from '../state/apps.js'
import { valuesFile } from '../state/config.js'
import { type Cluster, type Database, type Login, logins, readDatabase } from '../state/database.js'
import { appPaths } from '../state/paths.js'
import { serverPaths } from '../state/server.js'
import { databaseName, socketFolders, socketOf } from './cluster.js'
import {
  liveValue,
  readValue,
  removeValue,
  valueFor,
  writeKeptValue,
  writeNextValue,
  writeValue,
} from './value.js'

const key = 'DATABASE_URL'

const placeOf = (cluster: Cluster): address.DatabasePlace => ({
  socket: socketOf(cluster),
  database: databaseName,
})

/** Returns the address of a database, for its app. */
export const urlOf = ({ cluster }: Pick<Database, 'cluster'>, login: Login, password: string): string =>
  address.databaseUrl(placeOf(cluster), login, password)

/** Reads the DATABASE_URL of an app; null: none is set. */
export const readUrl = (project: string): string | null => readValue(project, key)

/** Reads the DATABASE_URL that a release was deployed with; null: it has none. */
export const urlFor = (project: string, release: number): string | null => valueFor(project, key, release)

/** Reads the DATABASE_URL of the live release; null: it has none, or nothing is live. */
export const liveUrl = (project: string): string | null => liveValue(project, key)

/** Returns the file of these values; that of the present values, if nothing is live. */
export const liveUrlFile = (project: string): string => {
  const { home } = serverPaths
  const { live } = readApp(home, project)
  return live === null ? appPaths(home, project).config : valuesFile(home, project, live.config)
}

/** Returns the login that an address names, if it belongs to this database. */
export const loginIn = (url: string | null, { cluster }: Pick<Database, 'cluster'>): Login | null => {
  const found = url === null ? null : address.loginIn(url, placeOf(cluster))
  return logins.find(login => login === found?.login) ?? null
}

/** Tells whether the live release was deployed with the address of this cluster. */
export const isLiveOn = (project: string, cluster: Cluster): boolean =>
  loginIn(liveUrl(project), { cluster }) !== null

/** Returns the login of an app and its password; null: its DATABASE_URL names no database of Gatling's. */
export const readLogin = (project: string): { readonly login: string; readonly password: string } | null => {
  const [url, database] = [readUrl(project), readDatabase(project)]
  return url === null || database === null ? null : address.loginIn(url, placeOf(database.cluster))
}

export const writeNextUrl = (project: string, url: string): Promise<void> => writeNextValue(project, key, url)

export const writeUrl = (project: string, url: string): Promise<void> => writeValue(project, key, url, isOurs)

/** Changes the address that one release was deployed with, if Gatling set it. */
export const writeUrlFor =
  (release: number) =>
  async (project: string, url: string): Promise<void> =>
    writeKeptValue(project, key, url, (kept, other) => other === release && isOurs(kept))

/** Changes the address that every release was deployed with, if Gatling set it. */
export const writeKeptUrls = async (project: string, url: string): Promise<void> =>
  writeKeptValue(project, key, url, isOurs)

/** Tells whether an address names a database that Gatling made, even one that no longer exists. */
const isOurs = (url: string): boolean => url.includes(`socket_dir=${socketFolders}/`)

export const removeUrl = (project: string): Promise<void> => removeValue(project, key)

/**
 * Returns how many connections an app needs: those of two instances during a swap, and five for migrations and
 * consoles.
 */
export const connectionsFor = (project: string): number => {
  const pool = readValue(project, 'POOL_SIZE') ?? ''
  const size = /^[1-9]\d{0,3}$/.test(pool) ? Number(pool) : defaultPool
  return 2 * size + 5
}

/** The pool size of a new app. */
const defaultPool = 10
