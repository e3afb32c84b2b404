import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './world.js'

const overlay = (name: string): Record<string, string> => {
  const folder = join(root, 'test', name)
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => /\.exs?$/.test(path))
      .map(path => [path, readFileSync(join(folder, path), 'utf8')]),
  )
}

/** What makes examples/counter, as the app shop, ask PostgreSQL for every answer, and need DATABASE_URL to boot. */
export const withPostgres = (): Record<string, string> => overlay('postgres')

/** What makes it need DATABASE_PATH to boot, as an app with ecto_sqlite3 does. */
export const withSqlite = (): Record<string, string> => overlay('sqlite')
