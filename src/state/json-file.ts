import { existsSync, readdirSync, realpathSync } from 'node:fs'
import * as v from 'valibot'
import { readPlain, writeWhole } from '../hosts/files.js'
import { stateBroken } from './errors.js'
import { serverHome } from './server-home.js'

/**
 * Reads a JSON file through its schema; null when there is no such file.
 * @throws GatlingError STATE_BROKEN when it is not JSON, or not what it should be; node's own error when it may not be read.
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

/** Root reads what an app's user wrote: no folder of the app may lead to what another wrote. Those above are root's own. */
const placeOnServer = (path: string): string | null => {
  const app = ofApp.exec(path)?.[0]
  return app && existsSync(app) ? realpathSync(app) + path.slice(app.length) : null
}
const ofApp = new RegExp(`^${serverHome}/apps/[^/]+(?=/)`)

/** The names of the JSON files of a folder, sorted; none where there is no folder. */
export const jsonNames = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.endsWith('.json'))
        .map(name => name.slice(0, -'.json'.length))
        .sort()
    : []

/** @param mode, group as of `writeWhole`. */
export const writeJson = (path: string, value: unknown, mode = 0o600, group?: number): void =>
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, mode, group)
