import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes a build whose files are from the future, because the clock was set back since.
 * @returns why; null: nothing was removed.
 */
export const discardFuture = (buildDir: string): string | null => {
  if (!isFromTheFuture(join(buildDir, '_build', 'prod', 'lib'))) return null
  rmSync(join(buildDir, '_build'), { recursive: true, force: true })
  return 'the clock has gone back since the last build, so this build starts from scratch'
}

/** How far the times of files and of the machine may differ, in ms. */
const drift = 2_000

/**
 * Tells whether manifests are from the future. mix compiles what is newer than its manifests, so these would hide every
 * change.
 */
const isFromTheFuture = (libraries: string): boolean =>
  list(libraries)
    .flatMap(library => list(join(library, '.mix')))
    .some(manifest => (statSync(manifest, { throwIfNoEntry: false })?.mtimeMs ?? 0) > Date.now() + drift)

const list = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
