import { accessSync, constants, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { fileClosed } from '../core/errors.js'
import { appPaths } from '../state/paths.js'
import { serverPaths } from '../state/server.js'

/** What the owner of a folder needs: to list, to write and to enter it; of a file to read and to write it. */
const ofFolder = 0o700
const ofFile = 0o600

/**
 * Looks whether an app's own user may use what is its own, before anything is done as that user: git, for one, would only
 * say that there is no repository. What root has made there by hand, or closed, is told with the remedy.
 * @throws GatlingError FILE_CLOSED; node's own error where the disk can only be read.
 */
export const refuseClosed = (project: string): void => {
  const { root, repository, build, runs, deploy, releases, state } = appPaths(serverPaths.home, project)
  const owner = lstatSync(root).uid
  const ofGit = ['objects', 'objects/pack', 'refs', 'refs/heads', 'worktrees'].map(name =>
    join(repository, name),
  )
  for (const path of [root, repository, ...ofGit, build, runs, deploy, releases, state]) {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found) continue
    const needed = found.isDirectory() ? ofFolder : ofFile
    if (found.uid !== owner || (found.mode & needed) !== needed) throw fileClosed(path, null)
    // Root may write everywhere but there (access(2), EROFS).
    accessSync(path, constants.W_OK)
  }
}
