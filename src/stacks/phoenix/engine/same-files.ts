import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Lists the compiled modules whose files are the same in two releases, by their paths in the release. Nearly all are,
 * and the VM that compares releases would take ten times as long to read them.
 */
export const sameModules = (old: string, next: string): string[] =>
  modulesOf(next).filter(path => isSame(join(old, path), join(next, path)))

/**
 * Lists the modules of every application, and the consolidated protocols, which `mix release` puts into another folder.
 */
const modulesOf = (release: string): string[] =>
  [
    ...namesIn(join(release, 'lib')).map(app => join('lib', app, 'ebin')),
    ...namesIn(join(release, 'releases')).map(version => join('releases', version, 'consolidated')),
  ].flatMap(folder =>
    namesIn(join(release, folder))
      .filter(name => name.endsWith('.beam'))
      .map(name => join(folder, name)),
  )

// A file that cannot be read here does not count as the same. The VM then reads it, and says what is wrong.

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const isSame = (one: string, other: string): boolean => {
  try {
    const [found, before] = [statSync(one), statSync(other)]
    // A link can lead to an endless file.
    const isAlike = found.isFile() && before.isFile() && found.size === before.size
    return isAlike && readFileSync(one).equals(readFileSync(other))
  } catch {
    return false
  }
}
