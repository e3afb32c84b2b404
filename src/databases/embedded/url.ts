import * as address from '../../stacks/phoenix/database-url.js'
import { valueRules } from '../../stacks/stacks.js'
import { changeConfig } from '../../state/change-config.js'
import { plainValues, readConfig, setValues, unsetValues } from '../../state/config.js'
import { databaseName, ownerRole } from '../cluster.js'
import { noDatabase } from '../errors.js'
import { type Embedded, isMade } from './cluster.js'

const key = 'DATABASE_URL'

/** Returns the name of a database. `r0` is the first of a cluster; `r1` and later ones were restored beside it. */
export const nameOf = (label: string): string => (label === 'r0' ? databaseName : `${databaseName}_${label}`)
export const labelOf = (name: string): string =>
  name === databaseName ? 'r0' : name.slice(databaseName.length + 1)

export const urlOf = ({ socket }: Embedded, label: string, password: string): string =>
  address.databaseUrl({ socket, database: nameOf(label) }, ownerRole, password)

export const readUrl = (home: string, project: string): string | null =>
  plainValues(readConfig(home, project))[key] ?? null

/** Sets DATABASE_URL, which the next deploy takes. */
export const writeUrl = (home: string, project: string, url: string): Promise<void> =>
  changeConfig(home, project, config => setValues(config, new Map([[key, url]]), true, valueRules))

export const removeUrl = (home: string, project: string): Promise<void> =>
  changeConfig(home, project, config => unsetValues(config, [key], valueRules))

/** Returns the database and the password that an address names; null: it names none of this cluster. */
export const usedIn = (
  embedded: Embedded,
  url: string | null,
): { readonly label: string; readonly password: string } | null => {
  const name = /\/(app(?:_r\d+)?)\?/.exec(url ?? '')?.[1]
  if (url === null || name === undefined) return null
  const login = address.loginIn(url, { socket: embedded.socket, database: name })
  return login && { label: labelOf(name), password: login.password }
}

/** Returns the database that an app uses from its next deploy on. @throws GatlingError NO_DATABASE. */
export const usedBy = (
  home: string,
  embedded: Embedded,
): { readonly label: string; readonly password: string } => {
  const used = isMade(embedded) ? usedIn(embedded, readUrl(home, embedded.project)) : null
  if (used === null) throw noDatabase(embedded.project)
  return used
}
