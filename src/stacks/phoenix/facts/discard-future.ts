import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Removes what was built by a clock that has gone back since. @returns why; null: nothing was. */
export const discardFuture = (buildDir: string): string | null => {
  if (!isFromTheFuture(join(buildDir, '_build', 'prod', 'lib'))) return null
  rmSync(join(buildDir, '_build'), { recursive: true, force: true })
  return 'the clock has gone back since the last build, so this build starts from scratch'
}

/** Clocks of files and of the machine are never quite the same, in ms. */
const drift = 2_000

/** mix compiles what is newer than its manifests: those of a clock that has gone back since would hide every change. */
const isFromTheFuture = (libraries: string): boolean =>
  list(libraries)
    .flatMap(library => list(join(library, '.mix')))
    .some(manifest => (statSync(manifest, { throwIfNoEntry: false })?.mtimeMs ?? 0) > Date.now() + drift)

const list = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
