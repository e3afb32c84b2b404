import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { commit } from '../core/commit.js'
import type { Live } from '../core/live.js'
import { servingOf } from '../core/recovery.js'
import { closest } from '../core/suggest.js'
import { syncFolder } from '../hosts/files.js'
import { manifestPath } from '../templates/manifest.js'
import { projectName, projectUnknown } from './errors.js'
import { readJson, writeJson } from './json-file.js'
import { keptBodySchema, limitsSchema, wholeSchema } from './limits.js'
import { appPaths, homePaths, statePath } from './paths.js'
import { isServerHome, readRegistered } from './server.js'

const liveSchema = v.object({
  release: wholeSchema,
  revision: v.string(),
  version: v.string(),
  slot: v.picklist(['a', 'b']),
  port: wholeSchema,
  processes: v.optional(v.pipe(v.array(v.string()), v.readonly()), ['web']),
  domains: v.array(v.string()),
  nginx_conf: v.optional(v.nullable(v.string()), null),
  config: v.optional(wholeSchema, 0),
  config_back: v.optional(wholeSchema, 0),
  drain_timeout: v.optional(wholeSchema, 45_000),
  limits: v.optional(limitsSchema, { memory: null, cpu: null, tasks: 1024 }),
  build_limits: v.optional(limitsSchema, { memory: null, cpu: null, tasks: 2048 }),
  max_body: v.optional(keptBodySchema, '10M'),
  since: v.string(),
})

const appSchema = v.object({
  /** The branch that deploys, where it has no file of its own; null until the first push. */
  branch: v.nullable(v.string()),
  /** What serves; null until the first deploy. */
  live: v.nullable(liveSchema),
  /** What serves instead, once `current` points to it. */
  next: v.optional(v.nullable(liveSchema), null),
})

export type AppState = Pick<v.InferOutput<typeof appSchema>, 'branch' | 'live'>

/** @throws GatlingError PROJECT_NAME for a name that is no mix project's, or no safe folder's. */
export const parseProject = (name: string): string => {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw projectName(name)
  return name
}

export const listProjects = (home: string): string[] => {
  const { apps } = homePaths(home)
  if (!existsSync(apps)) return []
  return readdirSync(apps)
    .filter(name => isLoaded(home, name))
    .sort()
}

export const isLoaded = (home: string, project: string): boolean => existsSync(statePath(home, project))

/** @throws GatlingError PROJECT_UNKNOWN when it is not loaded, PROJECT_NAME when it could not be. */
export const readApp = (home: string, project: string): AppState => {
  const state = stateOf(home, project)
  const branch = readJson(appPaths(home, project).branch, v.string()) ?? state.branch
  return { branch, live: liveIn(home, project, state) }
}

/** What is live; null until the first deploy. @throws GatlingError as {@link readApp} does. */
export const readLive = (home: string, project: string): AppState['live'] =>
  liveIn(home, project, stateOf(home, project))

const liveIn = (home: string, project: string, state: v.InferOutput<typeof appSchema>): AppState['live'] =>
  portOfNow(home, project, servingOf(state, currentOf(home, project)))

const stateOf = (home: string, project: string): v.InferOutput<typeof appSchema> => {
  const state = readJson(statePath(home, parseProject(project)), appSchema)
  if (state) return state
  const loaded = listProjects(home)
  throw projectUnknown(project, closest(project, loaded), loaded)
}

/** On a server root chooses the ports, and another one when a slot's was taken while the app was down. */
const portOfNow = <Served extends Pick<Live, 'slot' | 'port'>>(
  home: string,
  project: string,
  live: Served | null,
): Served | null => {
  const ports = live && isServerHome(home) ? readRegistered(project)?.ports : undefined
  return live && ports ? { ...live, port: ports[live.slot] } : live
}

/** Chooses the branch that deploys, in a file of its own: a deploy may be writing the state at the same moment. */
export const writeBranch = (home: string, project: string, branch: string): void => {
  readApp(home, project)
  writeJson(appPaths(home, project).branch, branch)
}

export const writeApp = (home: string, project: string, { branch, live }: AppState): void =>
  writeJson(appPaths(home, project).state, { branch, live: written(live) })

/** Makes a release the one that serves. */
export const commitLive = (home: string, project: string, live: Live): void => {
  const { branch, live: before } = readApp(home, project)
  commit(live, {
    live: before,
    current: currentOf(home, project),
    write: (live, next) =>
      writeJson(appPaths(home, project).state, { branch, live: written(live), next: written(next) }),
    prepareFlip: release => prepareFlip(home, project, release),
  })
}

/** Leaves out `processes` if it is `web` alone, so that the file reads as an earlier version wrote it. */
const written = (live: Live | null): Partial<Live> | null => {
  if (live === null || live.processes.join() !== 'web') return live
  const { processes: _usual, ...rest } = live
  return rest
}

/** Records that nothing is live. */
export const withdrawLive = (home: string, project: string): void =>
  writeApp(home, project, { branch: readApp(home, project).branch, live: null })

/** Makes `current` point to what the state says, for one that somebody removed. */
export const restoreCurrent = (home: string, project: string, { release }: Live): void => {
  const isThere = existsSync(appPaths(home, project).deploy)
  if (isThere && currentOf(home, project) !== release) prepareFlip(home, project, release)()
}

/** Does here all that can fail for lack of room. The returned function only renames. */
const prepareFlip = (home: string, project: string, release: number): (() => void) => {
  const { deploy, current } = appPaths(home, project)
  const beside = `${current}.${process.pid}.new`
  rmSync(beside, { force: true })
  symlinkSync(join('releases', String(release)), beside)
  return () => {
    renameSync(beside, current)
    try {
      syncFolder(deploy)
    } catch {
      // It has happened, and is on the disk a little later.
    }
  }
}

/** The release that `current` points to; null: to none. */
const currentOf = (home: string, project: string): number | null => {
  const target = linkTarget(appPaths(home, project).current)
  const number = Number(/^releases\/(\d+)$/.exec(target ?? '')?.[1] ?? Number.NaN)
  return Number.isNaN(number) ? null : number
}

const linkTarget = (path: string): string | null => {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** The numbers of the releases on disk, oldest first. */
export const listReleases = (home: string, project: string): number[] =>
  numbersIn(appPaths(home, project).releases)

/** The numbers that are names in a folder, oldest first; none when it is not there. */
export const numbersIn = (folder: string): number[] =>
  namesIn(folder)
    .map(Number)
    .filter(Number.isInteger)
    .sort((one, other) => one - other)

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** The releases whose config values are kept. */
export const neededConfigs = (home: string, project: string): number[] => {
  const { live } = readApp(home, project)
  return [...listReleases(home, project), ...(live ? [live.config] : [])]
}

const manifestSchema = v.object({
  /** null: an earlier Gatling made the release. */
  stack: v.optional(v.nullable(v.string()), null),
  release_name: v.string(),
  version: v.string(),
  revision: v.string(),
  own_apps: v.optional(v.array(v.string()), []),
  host_name: v.string(),
})

/** Whether the folder of a release holds all of it: what says how it is started is written last. */
export const isWhole = (home: string, project: string, release: number): boolean =>
  existsSync(manifestPath(join(appPaths(home, project).releases, String(release))))

/** Reads what a release was made from and how it is started. @throws Error when the folder holds no release. */
export const readManifest = (home: string, project: string, release: number) => {
  const folder = join(appPaths(home, project).releases, String(release))
  const manifest = readJson(manifestPath(folder), manifestSchema)
  if (!manifest) throw new Error(`${folder} holds no release`)
  return manifest
}

const listFolder = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []

/**
 * Removes everything of an app; one that is killed at it leaves the app, or what a later deploy of another sweeps away. Its
 * runs go last, because a caller waits until this run has disappeared.
 */
export const forgetApp = (home: string, project: string): void => {
  const { root, service, site, state, runs } = appPaths(home, project)
  if (isServerHome(home)) {
    // The folder itself is root's to remove.
    const rest = listFolder(root).filter(path => path !== state && path !== runs)
    for (const path of [...rest, state]) remove(path)
    // At once: a run of which only some files are left reads as another.
    if (existsSync(runs)) remove(moved(runs, `${runs}.gone`))
    return
  }
  for (const path of [service, site]) remove(path)
  if (!existsSync(root)) return
  // First aside, so that the next app of this name begins without its values.
  const aside = join(home, `${project}.${process.pid}.gone`)
  remove(aside)
  remove(moved(root, aside))
}

/** @returns where it is then: it stays where somebody has put the apps on a disk of their own. */
const moved = (from: string, to: string): string => {
  try {
    renameSync(from, to)
    return to
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EXDEV') return from
    throw error
  }
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true })
