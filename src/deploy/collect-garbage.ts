import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as git from '../commands/git.js'
import type { Host } from '../core/host.js'
import { listReleases, readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'

/** So many loose objects in one of git's 256 folders, or so many packs: about 2,000 objects, as `git gc --auto` guesses. */
const looseInOne = 8
const packs = 20

/**
 * Packs the repository when it has become untidy, and drops what failed pushes left there two weeks ago. What releases on disk
 * were made from is kept by refs, for a rollback to check out. It is quick, since large packs stay as they are.
 */
export const collectGarbage = async (home: string, project: string, host: Host): Promise<void> => {
  const { repository } = appPaths(home, project)
  const objects = join(repository, 'objects')
  const packed = list(join(objects, 'pack')).filter(name => name.endsWith('.pack'))
  if (list(join(objects, '17')).length < looseInOne && packed.length < packs) return
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
