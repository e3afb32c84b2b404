import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { prepareCommit } from '../core/commit.js'
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

/** The schema of the live version. On a server its numbers and sizes reach units and sites. */
export const liveSchema = v.object({
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
  /** The branch that deploys, if it has no separate file; null until the first push. */
  branch: v.nullable(v.string()),
  /** The live version; null until the first deploy. */
  live: v.nullable(liveSchema),
  /** The version that becomes live once `current` points to it. */
  next: v.optional(v.nullable(liveSchema), null),
})

export type AppState = Pick<v.InferOutput<typeof appSchema>, 'branch' | 'live'>

/**
 * Checks the name of a project.
 * @throws GatlingError PROJECT_NAME if it cannot be a mix project, or is not safe as a folder.
 */
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

/**
 * Reads the state of an app.
 * @throws GatlingError PROJECT_UNKNOWN if it is not loaded, PROJECT_NAME if the name is invalid.
 */
export const readApp = (home: string, project: string): AppState => {
  const state = stateOf(home, project)
  const branch = readJson(appPaths(home, project).branch, v.string()) ?? state.branch
  return { branch, live: liveIn(home, project, state) }
}

/** Returns the live version; null until the first deploy. @throws GatlingError as {@link readApp} does. */
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

/**
 * Returns the live version with its present port. On a server root chooses the ports, and a new one if a port was taken
 * while the app was down.
 */
const portOfNow = <Served extends Pick<Live, 'slot' | 'port'>>(
  home: string,
  project: string,
  live: Served | null,
): Served | null => {
  const ports = live && isServerHome(home) ? readRegistered(project)?.ports : undefined
  return live && ports ? { ...live, port: ports[live.slot] } : live
}

/**
 * Writes the branch that deploys, into a separate file, because a deploy can be writing the state at the same moment.
 */
export const writeBranch = (home: string, project: string, branch: string): void => {
  readApp(home, project)
  writeJson(appPaths(home, project).branch, branch)
}

export const writeApp = (home: string, project: string, { branch, live }: AppState): void =>
  writeJson(appPaths(home, project).state, { branch, live: written(live) })

/** Makes a release live. */
export const commitLive = (home: string, project: string, live: Live): void =>
  prepareLive(home, project, live)()

/** Does every part of {@link commitLive} that can fail for lack of room. @returns the last part. */
export const prepareLive = (home: string, project: string, live: Live): (() => void) => {
  const { branch, live: before } = readApp(home, project)
  return prepareCommit(live, {
    live: before,
    current: currentOf(home, project),
    write: (live, next) =>
      writeJson(appPaths(home, project).state, { branch, live: written(live), next: written(next) }),
    prepareFlip: release => prepareFlip(home, project, release),
  })
}

/** Leaves out `processes` if it is only `web`, so that the file is as an earlier version wrote it. */
const written = (live: Live | null): Partial<Live> | null => {
  if (live === null || live.processes.join() !== 'web') return live
  const { processes: _usual, ...rest } = live
  return rest
}

/** Records that nothing is live. */
export const withdrawLive = (home: string, project: string): void =>
  writeApp(home, project, { branch: readApp(home, project).branch, live: null })

/** Makes `current` point to the live release again, if somebody removed the link. */
export const restoreCurrent = (home: string, project: string, { release }: Live): void => {
  const isThere = existsSync(appPaths(home, project).deploy)
  if (isThere && currentOf(home, project) !== release) prepareFlip(home, project, release)()
}

/** Does every part of a flip that can fail for lack of room. @returns the last part, which only renames. */
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
      // The rename has happened, and reaches the disk a little later.
    }
  }
}

/** Returns the release that `current` points to; null: none. */
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

/** Returns the numbers of the releases on disk, oldest first. */
export const listReleases = (home: string, project: string): number[] =>
  numbersIn(appPaths(home, project).releases)

/** Returns the names in a folder that are numbers, in order; none if the folder does not exist. */
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

/** Returns the releases whose config values must be kept. */
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
  mixed: v.optional(v.boolean(), false),
})

/** Tells whether a release is complete. Its manifest is written last. */
export const isWhole = (home: string, project: string, release: number): boolean =>
  existsSync(manifestPath(join(appPaths(home, project).releases, String(release))))

/**
 * Reads the manifest of a release: what it was made from, and how it starts.
 * @throws Error if the folder has no release.
 */
export const readManifest = (home: string, project: string, release: number) => {
  const folder = join(appPaths(home, project).releases, String(release))
  const manifest = readJson(manifestPath(folder), manifestSchema)
  if (!manifest) throw new Error(`${folder} holds no release`)
  return manifest
}

const listFolder = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []

/**
 * Removes everything of an app. A process that is killed meanwhile leaves the app, or files that a later deploy of
 * another app removes. The runs go last, because a caller waits until this run has disappeared.
 */
export const forgetApp = (home: string, project: string): void => {
  const { root, service, site, state, runs } = appPaths(home, project)
  if (isServerHome(home)) {
    // Root removes the folder itself.
    const rest = listFolder(root).filter(path => path !== state && path !== runs)
    for (const path of [...rest, state]) remove(path)
    // All runs disappear at once, because a run with only some of its files would be read wrongly.
    if (existsSync(runs)) remove(moved(runs, `${runs}.gone`))
    return
  }
  for (const path of [service, site]) remove(path)
  if (!existsSync(root)) return
  // The folder is first moved away, so that the next app of this name begins without its values.
  const aside = join(home, `${project}.${process.pid}.gone`)
  remove(aside)
  remove(moved(root, aside))
}

/** Moves a path. @returns where it is then. It stays if the apps have a separate disk. */
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
