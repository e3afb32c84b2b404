import { basename, dirname, join } from 'node:path'
import { isLoaded, readApp } from '../../state/apps.js'
import { readDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { liveValue, readValue } from '../value.js'

/** The variable from which an app of `mix phx.new --database sqlite3` reads the path of its file. */
export const key = 'DATABASE_PATH'

/** Returns the SQLite file that an app uses, or will use once it is live; null: it has none, or has a cluster. */
export const sqliteFile = (project: string): string | null => {
  const { home } = serverPaths
  if (readDatabase(project) !== null || !isLoaded(home, project)) return null
  const isLive = readApp(home, project).live !== null
  const path = isLive ? liveValue(project, key) : readValue(project, key)
  return path?.startsWith('/') ? path : null
}

/** Returns the path of another file: `shop.r2.db` beside `shop.db` or `shop.r1.db`. */
export const pathBeside = (path: string, label: string): string => {
  const [, name, ending] = /^(.+?)(?:\.r\d+)?(\.[^.]*)?$/.exec(basename(path)) ?? []
  return join(dirname(path), `${name}.${label}${ending ?? ''}`)
}
