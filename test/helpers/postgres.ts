import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './world.js'

const overlay = join(root, 'test', 'postgres')

/** What makes examples/counter, as the app shop, ask PostgreSQL for every answer, and need DATABASE_URL to boot. */
export const withPostgres = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(overlay, { recursive: true, encoding: 'utf8' })
      .filter(path => /\.exs?$/.test(path))
      .map(path => [path, readFileSync(join(overlay, path), 'utf8')]),
  )
