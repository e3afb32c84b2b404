import * as address from '../stacks/phoenix/database-url.js'
import { running } from '../stacks/stacks.js'
import { changeConfig } from '../state/change-config.js'
import { plainValues, readConfig, setValues, unsetValues } from '../state/config.js'
import { type Cluster, type Database, type Login, logins } from '../state/database.js'
import { serverPaths } from '../state/server.js'
import { databaseName, socketOf } from './cluster.js'

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

/** Sets it as a secret config value, which the next deploy takes. */
export const writeUrl = (project: string, url: string): Promise<void> =>
  changeConfig(serverPaths.home, project, config =>
    setValues(config, new Map([[key, url]]), true, running.values),
  )

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
