import * as address from '../stacks/phoenix/database-url.js'
import { running } from '../stacks/stacks.js'
import { changeConfig } from '../state/change-config.js'
import { changeKept, plainValues, readConfig, setValues, unsetValues } from '../state/config.js'
import { type Cluster, type Database, type Login, logins, readDatabase } from '../state/database.js'
import { serverPaths } from '../state/server.js'
import { databaseName, socketFolders, socketOf } from './cluster.js'

const key = 'DATABASE_URL'

const placeOf = (cluster: Cluster): address.DatabasePlace => ({
  socket: socketOf(cluster),
  database: databaseName,
})

/** The address of a database, for its app. */
export const urlOf = ({ cluster }: Pick<Database, 'cluster'>, login: Login, password: string): string =>
  address.databaseUrl(placeOf(cluster), login, password)

/** The DATABASE_URL of an app. null: none is set. */
export const readUrl = (project: string): string | null => configured(project)[key] ?? null

const configured = (project: string): Readonly<Record<string, string>> =>
  plainValues(readConfig(serverPaths.home, project))

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

/** Sets it as a secret config value, which the next deploy takes. */
export const writeNextUrl = (project: string, url: string): Promise<void> =>
  changeConfig(serverPaths.home, project, config =>
    setValues(config, new Map([[key, url]]), true, running.values),
  )

/**
 * The same, and the values that releases were deployed with get it, too: a rollback must not bring back an address that is
 * no longer valid.
 */
export const writeUrl = async (project: string, url: string): Promise<void> => {
  const { home } = serverPaths
  await writeNextUrl(project, url)
  changeKept(home, project, config => {
    const kept = config.values[key]?.value
    return kept !== undefined && isOurs(kept)
      ? setValues(config, new Map([[key, url]]), true, running.values)
      : config
  })
}

/** Whether an address names a database that Gatling made, also one that is gone. */
const isOurs = (url: string): boolean => url.includes(`socket_dir=${socketFolders}/`)

export const removeUrl = (project: string): Promise<void> =>
  changeConfig(serverPaths.home, project, config =>
    config.values[key] === undefined ? config : unsetValues(config, [key], running.values),
  )

/** How many connections two instances at once need, which is what a swap has, and five for migrations and consoles. */
export const connectionsFor = (project: string): number => {
  const { POOL_SIZE = '' } = configured(project)
  const size = /^[1-9]\d{0,3}$/.test(POOL_SIZE) ? Number(POOL_SIZE) : defaultPool
  return 2 * size + 5
}

/** That of a new app. */
const defaultPool = 10
