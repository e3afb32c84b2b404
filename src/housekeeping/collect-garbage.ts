import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as git from '../commands/git.js'
import type { Host } from '../core/host.js'
import { listReleases, readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'

/**
 * How many loose objects, or packs, are too many. `git gc --auto` estimates the objects by one of their 256 folders,
 * which can be far off.
 */
const manyLoose = 2_000
const manyPacks = 20

/**
 * Packs the repository if it has many loose objects or packs, and removes what failed pushes left there two weeks ago.
 * Refs keep the commits of the releases on disk, so that a rollback can check them out. It is quick, because large
 * packs stay as they are.
 */
export const collectGarbage = async (home: string, project: string, host: Host): Promise<void> => {
  const { repository } = appPaths(home, project)
  const objects = join(repository, 'objects')
  const packs = list(join(objects, 'pack')).filter(name => name.endsWith('.pack'))
  const folders = list(objects).filter(name => /^[0-9a-f]{2}$/.test(name))
  const loose = folders.reduce((sum, name) => sum + list(join(objects, name)).length, 0)
  if (loose < manyLoose && packs.length < manyPacks) return
  const kept = listReleases(home, project)
  for (const ref of (await host.run(git.releaseRefs(repository))).split('\n').filter(Boolean)) {
    if (!kept.some(number => ref === git.releaseRef(number))) await host.run(git.removeRef(repository, ref))
  }
  for (const number of kept) {
    const { revision } = readManifest(home, project, number)
    await host.run(git.setRef(repository, git.releaseRef(number), revision))
  }
  await host.run(git.collectGarbage(repository))
}

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
