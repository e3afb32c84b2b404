import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isPidAlive } from '../hosts/files.js'
import { readApp } from '../state/apps.js'
import { appPaths, homePaths } from '../state/paths.js'

/** Matches a half-written or half-removed file, which has the pid of its process in its name. */
const halfDone = /^(?:.+\.(\d+)\.(?:new|gone)|\.new-(\d+)|mix-exs-new-(\d+)|[0-9a-f]{16}\.(\d+))$/

/** How long a lock or a push of another process may take, in ms. A killed git leaves both behind. */
const longestLock = 60_000
const longestPush = 24 * 3_600_000

/**
 * Removes what killed programs left half-written. It is called in a run's turn, when no other process deploys, collects
 * garbage or moves the deploy branch.
 */
export const sweepLeftovers = (home: string, project: string): void => {
  const app = appPaths(home, project)
  const { services, sites } = homePaths(home)
  for (const folder of [
    ...[home, services, sites, app.engines, app.root, app.configs, app.deploy, app.engine, app.cache],
    ...[...within(app.releases), app.runs, ...within(app.runs), join(app.repository, 'hooks')],
  ])
    sweepFolder(folder)
  sweepRepository(app.repository, readApp(home, project).branch)
}

/** Removes what killed programs left half-written in a folder. */
export const sweepFolder = (folder: string): void => {
  for (const name of list(folder)) if (isOfDead(name)) remove(join(folder, name))
}

const isOfDead = (name: string): boolean => {
  const pid = halfDone.exec(name)?.slice(1).find(Boolean)
  return pid !== undefined && !isPidAlive(Number(pid))
}

/**
 * Removes leftovers in a repository. A push writes into its own folder until it is complete, so all other such files
 * belong to a dead gc or a dead run.
 */
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

/** Removes a path, if this user may. */
const remove = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // On a server some files belong to another user, who will remove them.
  }
}
