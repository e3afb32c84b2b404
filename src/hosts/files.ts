import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

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

/** Replaces a file in one step that survives a power cut: written beside it, synced, renamed, its folder synced. */
export const writeWhole = (path: string, text: string, mode = 0o600): void => {
  const folder = dirname(path)
  const beside = `${path}.${process.pid}.new`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const file = openSync(beside, 'w', mode)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  syncFolder(folder)
}

export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a file with its whole text in one step; false when it is there already. */
export const createWhole = (path: string, text: string): boolean => {
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(beside, text, { mode: 0o600 })
  try {
    linkSync(beside, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(beside, { force: true })
  }
}
