import { type Database, type Login, logins, readDatabase } from '../state/database.js'
import { runSql } from './cluster.js'
import { noDatabase } from './errors.js'
import { sqliteInstead } from './sqlite/errors.js'
import { sqliteFile } from './sqlite/file.js'
import { verifierOf } from './verifier.js'

/** Reads the database of an app. @throws GatlingError NO_DATABASE or SQLITE_INSTEAD. */
export const databaseOf = (project: string): Database => {
  const database = readDatabase(project)
  if (database) return database
  const file = sqliteFile(project)
  throw file === null ? noDatabase(project) : sqliteInstead(project, file)
}

export const otherThan = (login: Login): Login => (login === logins[0] ? logins[1] : logins[0])

/** Gives a login a new password, the only valid one. */
export const openLogin = async (
  { cluster }: Pick<Database, 'cluster'>,
  login: Login,
  password: string,
): Promise<void> => {
  await runSql(cluster, `ALTER ROLE ${login} LOGIN PASSWORD '${verifierOf(password)}'`, 'postgres')
}

/** Closes a login, and ends its connections. */
export const closeLogin = async ({ cluster }: Pick<Database, 'cluster'>, login: Login): Promise<void> => {
  await runSql(cluster, `ALTER ROLE ${login} NOLOGIN PASSWORD NULL`, 'postgres')
  await runSql(
    cluster,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${login}'`,
    'postgres',
  )
}

/** Returns the number of connections of some logins. */
export const connectionsOf = async (
  { cluster }: Database,
  wanted: readonly Login[] = logins,
): Promise<number> => {
  const names = wanted.map(login => `'${login}'`).join(', ')
  const [row] = await runSql(
    cluster,
    `SELECT count(*) FROM pg_stat_activity WHERE usename IN (${names})`,
    'postgres',
  )
  return Number(row?.[0] ?? 0)
}
