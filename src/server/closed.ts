import { accessSync, constants, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { fileClosed } from '../core/errors.js'
import { appPaths } from '../state/paths.js'
import { serverPaths } from '../state/server.js'

/** The rights that the owner needs: on a folder to list, write and enter it, on a file to read and write it. */
const ofFolder = 0o700
const ofFile = 0o600

/**
 * Refuses to go on if an app's own user cannot use its own files, for example because root made or closed them by hand.
 * git would only say that there is no repository. The error names the remedy.
 * @throws GatlingError FILE_CLOSED, or the error of Node.js if the disk is read-only.
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
    // Root can write everywhere except on a read-only disk (access(2), EROFS).
    accessSync(path, constants.W_OK)
  }
}
