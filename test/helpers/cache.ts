import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

/** Outlives a run, unlike the folder for temporary files. */
export const cacheRoot = process.env['GATLING_TEST_CACHE'] ?? '/tmp/gatling-test-cache'
const keptMs = 7 * 24 * 3_600_000

/**
 * Returns a folder that `make` has filled. It is filled once for the same `madeFrom`, and shared by all test files, all
 * workers and the next runs, so nobody must change it.
 */
export const cached = async (
  kind: string,
  madeFrom: readonly (string | Buffer)[],
  make: (folder: string) => Promise<void>,
): Promise<string> => {
  const all = join(cacheRoot, kind)
  const folder = join(all, keyOf(madeFrom))
  if (isThere(folder)) return folder
  mkdirSync(all, { recursive: true })
  sweep(all)
  // Processes in two containers can have the same number.
  const beside = `${folder}.${randomUUID()}`
  try {
    await make(beside)
    place(beside, folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
  return folder
}

const place = (made: string, folder: string): void => {
  try {
    renameSync(made, folder)
  } catch (error) {
    // Another worker can have made it in the meantime.
    if (!existsSync(folder)) throw error
  }
}

/** Hashes each part with its length, so that different lists have different keys. */
const keyOf = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex').slice(0, 24)
}

const isThere = (folder: string): boolean => {
  if (!existsSync(folder)) return false
  const now = new Date()
  utimesSync(folder, now, now)
  return true
}

/** Removes what no run has used for a week. */
const sweep = (all: string): void => {
  for (const name of readdirSync(all)) {
    const path = join(all, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > keptMs) rmSync(path, { recursive: true, force: true })
  }
}
