import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** Returns the text of a file; null: it does not exist. */
export const readIfThere = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw error
  }
}

/** Opens a file for reading; null: it does not exist. */
export const openIfThere = (path: string): number | null => {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * The longest file that is read, in bytes. A writer must not be able to fill the reader's memory. Gatling's longest
 * file is a rotated log.
 */
const longestFile = 32 * 1024 * 1024

/**
 * Returns the text of a plain file; null: it does not exist. It refuses a link or a pipe, with which a user of the
 * folder could make a process with more rights read another file (open(2), O_NOFOLLOW).
 * @param really the real path that the file must have; null: any (proc(5): /proc/self/fd).
 */
export const readPlain = (path: string, really: string | null = null): string | null => {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(file)
      if (!found.isFile()) throw new Error(`${path} is not a file`)
      if (really !== null && placeOf(file) !== really) throw new Error(`${path} leads elsewhere`)
      if (found.size > longestFile) throw new Error(`${path} is too long to be one of Gatling's`)
      // Faster than readFileSync, which asks for the size again: `gatling status` reads two files an app.
      const bytes = Buffer.allocUnsafe(found.size)
      return bytes.toString('utf8', 0, readSync(file, bytes))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw error
  }
}

/** Returns the path of an open file. If it was replaced meanwhile, the path is still right. */
const placeOf = (file: number): string => readlinkSync(`/proc/self/fd/${file}`).replace(/ \(deleted\)$/, '')

/**
 * Gives a folder its final name, in one step.
 * @returns false: another folder that is not empty has the name (rename(2)).
 */
export const nameFolder = (beside: string, path: string): boolean => {
  try {
    renameSync(beside, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))
      return false
    throw error
  }
}

/**
 * Replaces a file in one step that survives a power cut: writes beside it, syncs, renames, and syncs the folder.
 * @param group the id of its group, if that is not the writer's.
 */
export const writeWhole = (path: string, text: string, mode = 0o600, group?: number): void => {
  const folder = dirname(path)
  const beside = `${path}.${process.pid}.new`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeSynced(beside, text, mode, group)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw naming(path, error)
  }
  syncFolder(folder)
}

/** Adds the path to an error: write(2) names no file, and open(2) names the file beside. */
const naming = (path: string, error: unknown): unknown =>
  error instanceof Error ? Object.assign(error, { path }) : error

/** Writes and syncs a file. Without the sync it can be empty after a power cut. */
const writeSynced = (path: string, text: string, mode: number, group?: number): void => {
  const file = openSync(path, 'w', mode)
  try {
    if (group !== undefined) fchownSync(file, -1, group)
    // The mode must be exact, whatever the writer's umask is.
    fchmodSync(file, mode)
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a file with its whole text, in one step that survives a power cut. @returns false: it exists already. */
export const createWhole = (path: string, text: string): boolean => {
  const beside = `${path}.${process.pid}.new`
  try {
    writeSynced(beside, text, 0o600)
    linkSync(beside, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(beside, { force: true })
  }
}

/** Removes half-written files of killed programs from a folder. Their names contain the pid of the writer. */
export const sweepHalfWritten = (folder: string): void => {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = /\.(\d+)\.new$/.exec(name)?.[1]
    if (pid !== undefined && !isPidAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}

/** Tells whether a process with this pid exists, of any user. */
export const isPidAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Renames a log to `<path>.1`, the old `.1` to `.2`, and so on. Keeps at most `kept` old files. */
export const rotate = (path: string, kept: number): void => {
  const [last = path, ...newer] = rotated(path, kept)
  rmSync(last, { force: true })
  let to = last
  for (const from of newer) {
    try {
      renameSync(from, to)
    } catch {
      // There is no file of that number yet.
    }
    to = from
  }
}

/** Returns the files of a log, oldest first. Some of them might not exist. */
export const rotated = (path: string, kept: number): readonly string[] => [
  ...Array.from({ length: kept }, (_, index) => `${path}.${kept - index}`),
  path,
]
