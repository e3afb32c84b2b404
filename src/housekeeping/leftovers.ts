import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isPidAlive } from '../hosts/files.js'
import { readApp } from '../state/apps.js'
import { appPaths, homePaths } from '../state/paths.js'

/** A half written or half removed file has the pid of its process in its name. */
const halfDone = /^(?:.+\.(\d+)\.(?:new|gone)|\.new-(\d+)|mix-exs-new-(\d+)|[0-9a-f]{16}\.(\d+))$/

/** How long a lock or a push of somebody else's may take, in ms; git leaves both behind when it is killed. */
const longestLock = 60_000
const longestPush = 24 * 3_600_000

/**
 * Removes what programs left behind that were killed while they wrote. Called when it is a run's turn, and nobody else
 * deploys, collects garbage or moves the branch that deploys.
 */
export const sweepLeftovers = (home: string, project: string): void => {
  const app = appPaths(home, project)
  const { services, sites } = homePaths(home)
  for (const folder of [
    ...[home, services, sites, app.engines, app.root, app.configs, app.deploy, app.engine, app.cache],
    ...[...within(app.releases), app.runs, ...within(app.runs), join(app.repository, 'hooks')],
  ])
    for (const name of list(folder)) if (isOfDead(name)) remove(join(folder, name))
  sweepRepository(app.repository, readApp(home, project).branch)
}

const isOfDead = (name: string): boolean => {
  const pid = halfDone.exec(name)?.slice(1).find(Boolean)
  return pid !== undefined && !isPidAlive(Number(pid))
}

/** A push writes in a folder of its own until it is complete. So the rest of these files belong to a dead gc or a dead run. */
const sweepRepository = (repository: string, branch: string | null): void => {
  const objects = join(repository, 'objects')
  const worktree = join(repository, 'worktrees', 'build')
  const ours = [
    ...within(join(objects, 'pack')).filter(path => /\/(tmp_|\.tmp-)[^/]*$/.test(path)),
    ...list(objects)
      .filter(name => /^[0-9a-f]{2}$/.test(name))
      .flatMap(name => within(join(objects, name)).filter(path => path.includes('/tmp_obj_'))),
    ...['gc.pid', 'gc.pid.lock'].map(name => join(repository, name)),
    ...within(worktree).filter(path => path.endsWith('.lock')),
    ...(branch === null ? [] : [join(repository, 'refs', 'heads', `${branch}.lock`)]),
  ]
  for (const path of ours) remove(path)
  const locks = [...within(repository), ...deepWithin(join(repository, 'refs'))]
  for (const path of locks) if (path.endsWith('.lock') && isOlder(path, longestLock)) remove(path)
  for (const path of within(objects))
    if (/\/(tmp_objdir-|incoming-)[^/]*$/.test(path) && isOlder(path, longestPush)) remove(path)
}

const isOlder = (path: string, ms: number): boolean => {
  const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return mtimeMs < Date.now() - ms
}

const within = (folder: string): string[] => list(folder).map(name => join(folder, name))

const deepWithin = (folder: string): string[] => list(folder, true).map(name => join(folder, name))

const list = (folder: string, recursive = false): string[] => {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' })
  } catch {
    return []
  }
}

/** On a server some of it is not ours to remove. */
const remove = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // it waits for somebody who may
  }
}
