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

/** Returns the files that make examples/counter, as the app shop, ask PostgreSQL for every answer and need DATABASE_URL. */
export const withPostgres = (): Record<string, string> => overlay('postgres')

/** Returns the same for an app of another name, with migrations. Modules stand in for Ecto, as no test needs a network. */
export const withMigrations = (name: string): Record<string, string> =>
  ofApp(name, { ...withPostgres(), ...overlay('migrated') })

const ofApp = (name: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text.replaceAll(':shop', `:${name}`)]),
  )

/** Returns a migration by its path. */
export const sqlMigration = (
  version: number,
  name: string,
  up: string,
  down = 'raise("what it deleted is gone")',
): Record<string, string> => ({
  [`priv/repo/migrations/${version}_${name}.exs`]: `defmodule Counter.Repo.Migrations.M${version} do
  use Ecto.Migration

  def up, do: execute(${JSON.stringify(up)})
  def down, do: ${down}
end
`,
})

/** Returns the files that make it need DATABASE_PATH to boot, like an app with ecto_sqlite3. */
export const withSqlite = (name = 'shop'): Record<string, string> => ofApp(name, overlay('sqlite'))
