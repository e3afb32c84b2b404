import { type Database, type Login, logins, readDatabase } from '../state/database.js'
import { runSql } from './cluster.js'
import { noDatabase } from './errors.js'
import { sqliteInstead } from './sqlite/errors.js'
import { sqliteFile } from './sqlite/file.js'
import { verifierOf } from './verifier.js'

/** @throws GatlingError NO_DATABASE, or SQLITE_INSTEAD. */
export const databaseOf = (project: string): Database => {
  const database = readDatabase(project)
  if (database) return database
  const file = sqliteFile(project)
  throw file === null ? noDatabase(project) : sqliteInstead(project, file)
}

export const otherThan = (login: Login): Login => (login === logins[0] ? logins[1] : logins[0])

/** Lets a login in by a new password, and by no other. */
export const openLogin = async (
  { cluster }: Pick<Database, 'cluster'>,
  login: Login,
  password: string,
): Promise<void> => {
  await runSql(cluster, `ALTER ROLE ${login} LOGIN PASSWORD '${verifierOf(password)}'`, 'postgres')
}

/** Lets a login in no more, and ends what it has open. */
export const closeLogin = async ({ cluster }: Pick<Database, 'cluster'>, login: Login): Promise<void> => {
  await runSql(cluster, `ALTER ROLE ${login} NOLOGIN PASSWORD NULL`, 'postgres')
  await runSql(
    cluster,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${login}'`,
    'postgres',
  )
}

/** How many connections there are of some logins. */
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
