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

/** The address of a database, for its app. */
export const urlOf = ({ cluster }: Pick<Database, 'cluster'>, login: Login, password: string): string =>
  address.databaseUrl(placeOf(cluster), login, password)

/** The DATABASE_URL of an app. null: none is set. */
export const readUrl = (project: string): string | null => readValue(project, key)

/** The one that a release was deployed with. null: it has none. */
export const urlFor = (project: string, release: number): string | null => valueFor(project, key, release)

/** The one that the live release was deployed with. null: it has none, or nothing is live. */
export const liveUrl = (project: string): string | null => liveValue(project, key)

/** The file that says so; the values of now, if nothing is live. */
export const liveUrlFile = (project: string): string => {
  const { home } = serverPaths
  const { live } = readApp(home, project)
  return live === null ? appPaths(home, project).config : valuesFile(home, project, live.config)
}

/** The login that an address names, if it is one of this database. */
export const loginIn = (url: string | null, { cluster }: Pick<Database, 'cluster'>): Login | null => {
  const found = url === null ? null : address.loginIn(url, placeOf(cluster))
  return logins.find(login => login === found?.login) ?? null
}

/** What an app logs in with. null: its DATABASE_URL names no database of Gatling's. */
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

/** Whether an address names a database that Gatling made, also one that is gone. */
const isOurs = (url: string): boolean => url.includes(`socket_dir=${socketFolders}/`)

export const removeUrl = (project: string): Promise<void> => removeValue(project, key)

/** How many connections two instances at once need, which is what a swap has, and five for migrations and consoles. */
export const connectionsFor = (project: string): number => {
  const pool = readValue(project, 'POOL_SIZE') ?? ''
  const size = /^[1-9]\d{0,3}$/.test(pool) ? Number(pool) : defaultPool
  return 2 * size + 5
}

/** That of a new app. */
const defaultPool = 10
