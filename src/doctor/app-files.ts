import { closeSync, constants, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readPlain } from '../hosts/files.js'

/**
 * Reads files as root, in folders that an app's user can write. It opens each folder inside the one before, and refuses
 * links. So a file is in the app's own folder, even if somebody moves folders meanwhile (open(2), O_NOFOLLOW; proc(5):
 * /proc/self/fd).
 * @returns null if a folder does not exist.
 */
const within = <Value>(
  root: string,
  folders: readonly string[],
  use: (path: string) => Value,
): Value | null => {
  const opened: number[] = []
  try {
    let path = root
    for (const folder of ['', ...folders]) {
      opened.push(
        openSync(join(path, folder), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW),
      )
      path = `/proc/self/fd/${opened.at(-1)}`
    }
    return use(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') return null
    if (code === 'ENOTDIR' || code === 'ELOOP')
      throw new Error(`${join(root, ...folders)} leads elsewhere, or is not a folder`)
    throw error
  } finally {
    for (const folder of opened) closeSync(folder)
  }
}

/** Lists the names in a folder of an app; none if it does not exist. */
export const namesIn = (root: string, ...folders: readonly string[]): readonly string[] =>
  within(root, folders, path => readdirSync(`${path}/`)) ?? []

/** Returns the text of a file of an app; null: it does not exist. */
export const textIn = (root: string, ...path: readonly [string, ...string[]]): string | null =>
  within(root, path.slice(0, -1), folder => readPlain(join(folder, path.at(-1) ?? '')))
