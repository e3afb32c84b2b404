import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { repositoryFile } from './errors.js'

/** The longest file of a repository that Gatling reads, in bytes. */
const longest = 1024 * 1024

/**
 * Finds a file of a repository. A link may lead only to another file of the repository.
 * @returns its real path; null: it does not exist.
 * @throws GatlingError REPOSITORY_FILE.
 */
export const findRepositoryFile = (folder: string, name: string): string | null => {
  const path = join(folder, name)
  if (!lstatSync(path, { throwIfNoEntry: false })) return null
  const real = realPathOf(path)
  if (real === null) throw repositoryFile(name, 'is a link that leads nowhere')
  if (!real.startsWith(realpathSync(folder) + sep))
    throw repositoryFile(name, 'is a link that leads out of the repository')
  const found = statSync(real)
  if (!found.isFile()) throw repositoryFile(name, found.isDirectory() ? 'is a folder' : 'is not a plain file')
  if (found.size > longest) throw repositoryFile(name, `is longer than ${longest / 1024 ** 2} MB`)
  return real
}

/**
 * Returns the text of a file of a repository; null: it does not exist.
 * @throws GatlingError REPOSITORY_FILE.
 */
export const readRepositoryFile = (folder: string, name: string): string | null => {
  const path = findRepositoryFile(folder, name)
  return path === null ? null : readFileSync(path, 'utf8')
}

/** Resolves a path; null: a link on the way leads to nothing, or in a circle. */
const realPathOf = (path: string): string | null => {
  try {
    return realpathSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP'))
      return null
    throw error
  }
}
