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

/** The text of a file; null when there is no such file. */
export const readIfThere = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw error
  }
}

/** A file to read from, opened; null when there is no such file. */
export const openIfThere = (path: string): number | null => {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** In bytes. A file's writer must not be able to fill the reader's memory; our longest file is a rotated log. */
const longestFile = 32 * 1024 * 1024

/**
 * The text of a file that is there by itself; null when there is none. A link or a pipe is refused: a user
 * who can write the folder could have a process with more rights read it (open(2), O_NOFOLLOW).
 * @param really where it must be without a link on the way, if that matters (proc(5): /proc/self/fd).
 */
export const readPlain = (path: string, really: string | null = null): string | null => {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(file)
      if (!found.isFile()) throw new Error(`${path} is no file`)
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

/** Where an open file is; one that was replaced meanwhile is still the one that was there. */
const placeOf = (file: number): string => readlinkSync(`/proc/self/fd/${file}`).replace(/ \(deleted\)$/, '')

/** Gives a folder its name, in one step. @returns false where another that is not empty has it (rename(2)). */
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
 * Replaces a file in one step that survives a power cut: written beside it, synced, renamed, its folder synced.
 * @param group the id of the group that it belongs to, if that is another than the writer's.
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

/** An error of write(2) names no file, and one of open(2) the file beside. */
const naming = (path: string, error: unknown): unknown =>
  error instanceof Error ? Object.assign(error, { path }) : error

/** A file with a name whose data is not on the disk yet is empty after a power cut. */
const writeSynced = (path: string, text: string, mode: number, group?: number): void => {
  const file = openSync(path, 'w', mode)
  try {
    if (group !== undefined) fchownSync(file, -1, group)
    // Whatever the umask of who writes it: others must be able to read it, or must not.
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

/** Makes a file with its whole text in one step that survives a power cut; false when it is there already. */
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

/** Removes what a program that was killed had written only half, here: its name ends in the pid of its writer. */
export const sweepHalfWritten = (folder: string): void => {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = /\.(\d+)\.new$/.exec(name)?.[1]
    if (pid !== undefined && !isPidAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}

/** Whether there is a process of this number, of any user. */
export const isPidAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Puts a log aside as `<path>.1`, what was there as `.2`, and so on; more than `kept` are not kept. */
export const rotate = (path: string, kept: number): void => {
  const [last = path, ...newer] = rotated(path, kept)
  rmSync(last, { force: true })
  let to = last
  for (const from of newer) {
    try {
      renameSync(from, to)
    } catch {
      // there is none of that number yet
    }
    to = from
  }
}

/** The files of a log, oldest first; not all of them need be there. */
export const rotated = (path: string, kept: number): readonly string[] => [
  ...Array.from({ length: kept }, (_, index) => `${path}.${kept - index}`),
  path,
]
