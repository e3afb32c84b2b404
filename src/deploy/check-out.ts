import { accessSync, constants, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as git from '../commands/git.js'
import { commandFailed, diskFull, known } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import type { Host } from '../core/host.js'
import { writeWhole } from '../hosts/files.js'
import { appPaths } from '../state/paths.js'

/** Checks out this revision. Files that git ignores stay from deploy to deploy. */
export const checkOut = async (
  home: string,
  project: string,
  revision: string,
  host: Host,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const { build } = appPaths(home, project)
  if (!existsSync(join(build, '.git'))) await makeNew(home, project, revision, host)
  else
    await host.run(git.checkout(build, revision)).catch(async (error: unknown) => {
      const { code, message } = known(error)
      if (code !== commandFailed.code) throw error
      refuseFull(build)
      emit({ type: 'note', text: `git cannot change the checkout, so Gatling makes it again: ${message}` })
      await makeNew(home, project, revision, host)
    })
  if (existsSync(join(build, '.gitmodules')))
    for (const command of git.updateSubmodules(build)) await host.run(command)
}

/**
 * Refuses to go on if the disk is full. Then the checkout is not at fault, and it holds the results of earlier builds.
 * @throws GatlingError DISK_FULL.
 */
const refuseFull = (folder: string): void => {
  const path = join(folder, '.gatling-room')
  try {
    writeWhole(path, '.'.repeat(probedBytes))
  } catch (error) {
    throw known(error).code === diskFull.code ? diskFull(folder, error) : error
  } finally {
    rmSync(path, { force: true })
  }
}

/** A build needs more room than this, in bytes. */
const probedBytes = 1024 * 1024

/** Makes a new checkout, without earlier builds. @throws the error of Node.js, with its path, if it cannot write. */
const makeNew = async (home: string, project: string, revision: string, host: Host): Promise<void> => {
  const { repository, build } = appPaths(home, project)
  rmSync(build, { recursive: true, force: true })
  await host.run(git.addWorktree(repository, build, revision)).catch((error: unknown) => {
    for (const path of [repository, dirname(build)].filter(existsSync)) accessSync(path, constants.W_OK)
    throw error
  })
}
