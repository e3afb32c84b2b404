import { error } from '../../core/error.js'
import { indent } from '../../core/error-text.js'

export const sqliteFailed = error(
  'SQLITE_FAILED',
  'SQLite could not read or write the file of an app.',
  (path: string, said: readonly string[]) => ({
    message: `SQLite failed on ${path}:${indent(said.slice(-5))}`,
    hint: "Fix what it names. If DATABASE_PATH is not the app's file, correct it with `gatling config set`.",
  }),
)

export const sqliteInstead = error(
  'SQLITE_INSTEAD',
  'A command is for PostgreSQL, and the app uses a SQLite file.',
  (project: string, path: string) => ({
    message: `${project} has no PostgreSQL of Gatling's, because it uses the SQLite file ${path}`,
    hint: 'These work with it: gatling db backup, backups, restore, promote and verify.',
  }),
)

export const noSqlite = error(
  'NO_SQLITE',
  'An app has no SQLite file, or no longer has one.',
  (project: string) => ({
    message: `${project} has no DATABASE_PATH that names a file, so there is nothing to back up`,
    hint: `Set the path of its SQLite file with \`gatling config set ${project} DATABASE_PATH=...\`, then deploy.`,
  }),
)
