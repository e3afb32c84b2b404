import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './world.js'

const overlay = join(root, 'test', 'ecto')
const example = (path: string): string => readFileSync(join(root, 'examples', 'counter', path), 'utf8')

/**
 * Returns the files that give examples/counter a database. Modules of the app stand in for Ecto, because no test needs a
 * network. The database is the file that the config value DATABASE_FILE names.
 */
export const withEcto = (): Record<string, string> => ({
  ...Object.fromEntries(
    readdirSync(overlay, { recursive: true, encoding: 'utf8' })
      .filter(path => /\.exs?$/.test(path))
      .map(path => [path, readFileSync(join(overlay, path), 'utf8')]),
  ),
  'config/config.exs': `${example('config/config.exs')}\nconfig :counter, ecto_repos: [Counter.Repo]\n`,
  'config/runtime.exs': `${example('config/runtime.exs')}
if config_env() == :prod do
  config :counter, Counter.Repo, file: System.fetch_env!("DATABASE_FILE")
end
`,
})

/** Returns a migration by its path. */
export const migration = (
  version: string,
  name: string,
  { up = `execute("${name}")`, down = `execute("drop ${name}")` } = {},
): Record<string, string> => ({
  [`priv/repo/migrations/${version}_${name}.exs`]: `defmodule Counter.Repo.Migrations.M${version} do
  use Ecto.Migration

  def up, do: ${up}
  def down, do: ${down}
end
`,
})
