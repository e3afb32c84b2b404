import { basename, dirname, join } from 'node:path'
import { isLoaded, readApp } from '../../state/apps.js'
import { readDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { liveValue, readValue } from '../value.js'

/** What an app made with `mix phx.new --database sqlite3` reads the path of its file from. */
export const key = 'DATABASE_PATH'

/** The SQLite file that an app uses, or will use once it is live. null: it has none, or a cluster. */
export const sqliteFile = (project: string): string | null => {
  const { home } = serverPaths
  if (readDatabase(project) !== null || !isLoaded(home, project)) return null
  const isLive = readApp(home, project).live !== null
  const path = isLive ? liveValue(project, key) : readValue(project, key)
  return path?.startsWith('/') ? path : null
}

/** `shop.r2.db` beside `shop.db` and beside `shop.r1.db`. */
export const pathBeside = (path: string, label: string): string => {
  const [, name, ending] = /^(.+?)(?:\.r\d+)?(\.[^.]*)?$/.exec(basename(path)) ?? []
  return join(dirname(path), `${name}.${label}${ending ?? ''}`)
}
