import { existsSync, readdirSync, realpathSync } from 'node:fs'
import * as v from 'valibot'
import { readPlain, writeWhole } from '../hosts/files.js'
import { stateBroken } from './errors.js'
import { serverHome } from './server-home.js'

/**
 * Reads a JSON file through its schema; null: it does not exist.
 * @throws GatlingError STATE_BROKEN if it is not JSON or does not fit the schema; the error of Node.js if it cannot be
 * read.
 */
export const readJson = <Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): v.InferOutput<Schema> | null => {
  try {
    const text = readPlain(path, placeOnServer(path))
    if (text === null) return null
    return v.parse(schema, JSON.parse(text))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw error
    throw stateBroken(path, error instanceof Error ? error.message : String(error))
  }
}

/**
 * Returns the real path that a file of an app must have: root reads files of an app's user, and no folder of the app
 * may lead to another user's files.
 */
const placeOnServer = (path: string): string | null => {
  const app = ofApp.exec(path)?.[0]
  return app && existsSync(app) ? realpathSync(app) + path.slice(app.length) : null
}
const ofApp = new RegExp(`^${serverHome}/apps/[^/]+(?=/)`)

/** Lists the names of the JSON files in a folder, sorted; none if there is no folder. */
export const jsonNames = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.endsWith('.json'))
        .map(name => name.slice(0, -'.json'.length))
        .sort()
    : []

/** Writes a value as a JSON file. @param mode and `group`: as for `writeWhole`. */
export const writeJson = (path: string, value: unknown, mode = 0o600, group?: number): void =>
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, mode, group)
