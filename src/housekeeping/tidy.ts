import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as du from '../commands/du.js'
import { type RetentionRules, spareReleases } from '../core/retention.js'
import { diskShort } from '../deploy/errors.js'
import { runCommand } from '../hosts/capture.js'
import { keeperOf } from '../runtimes/keeper.js'
import { listReleases, readApp } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { failedReleases, readPins, releaseRecords } from '../state/releases.js'
import { isOver, listRuns } from '../state/runs.js'

/** How long the release of a failed deploy is kept, in ms, and how many such releases are kept. */
const failedKeptMs = 24 * 3_600_000
const failedKept = 3

/** Removes the releases that nobody needs. */
export const tidyReleases = async (home: string, project: string, rules: RetentionRules): Promise<void> => {
  const { releases } = appPaths(home, project)
  const bytes = rules.budget === null ? new Map<string, number>() : await sizesOf(releases)
  const left = releaseRecords(home, project).filter(({ outcome }) => outcome === 'rolled back')
  const held = listReleases(home, project).map(number => ({
    number,
    good: !left.some(({ release }) => release === number),
    bytes: bytes.get(join(releases, String(number))) ?? 0,
  }))
  const spare = spareReleases(held, await neededReleases(home, project), rules)
  removeAll(spare.map(number => join(releases, String(number))))
}

/** Removes the releases of failed deploys that no retry can use now. */
export const tidyFailed = (home: string, project: string): void => {
  const { failed } = appPaths(home, project)
  const since = Date.now() - failedKeptMs
  const old = failedReleases(home, project)
    .reverse()
    .filter(({ at }, age) => at < since || age >= failedKept)
  removeAll(old.map(({ number }) => join(failed, String(number))))
}

/**
 * Removes all paths. If one cannot be removed, it still tries the others.
 * @throws Error of the first failure, at the end.
 */
const removeAll = (paths: readonly string[]): void => {
  const reasons = paths.flatMap(path => {
    try {
      rmSync(path, { recursive: true, force: true })
      return []
    } catch (error) {
      return [error]
    }
  })
  if (reasons.length > 0) throw reasons[0]
}

/**
 * How many evaluated configurations of boots are kept in each folder. That of the running instance is among the newest.
 */
const keptRuntimeFiles = 5

/** Removes old files that `bin/<app> start` and previews write into RELEASE_TMP at every boot. */
export const tidyRuntimeFiles = (home: string, project: string): void => {
  const { deploy, engine } = appPaths(home, project)
  for (const folder of [join(deploy, 'tmp', 'a'), join(deploy, 'tmp', 'b'), engine]) {
    if (!existsSync(folder)) continue
    const newestFirst = readdirSync(folder)
      .filter(name => /\.runtime(\.config)?$/.test(name))
      .map(name => join(folder, name))
      .map(path => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((one, other) => other.at - one.at)
    for (const { path } of newestFirst.slice(keptRuntimeFiles)) rmSync(path, { force: true })
  }
}

/**
 * Returns the releases that must stay: the live one, those that instances booted from, pinned ones, and the targets of
 * waiting deploys.
 */
const neededReleases = async (home: string, project: string): Promise<number[]> => {
  const booted = (await keeperOf(home, project).services.list(project)).map(({ release }) => release)
  const { live } = readApp(home, project)
  const wanted = listRuns(home, project).flatMap(run => (isOver(run) ? [] : (run.request.release ?? [])))
  return [...booted, ...(live ? [live.release] : []), ...readPins(home, project), ...wanted]
}

const sizesOf = async (folder: string): Promise<ReadonlyMap<string, number>> =>
  du.parseSizes((await runCommand(du.sizes(folder))).stdout)

/** What a build needs in addition to its release, in bytes: logs, git objects, files of mix. */
const besides = 24 * 1024 * 1024

/**
 * Makes room for a build. It needs the size of the live release twice, for the build of mix and for the copy that is
 * kept. If there is too little room, releases that nobody needs are removed first.
 * @throws GatlingError DISK_SHORT before the build begins.
 */
export const makeRoom = async (home: string, project: string): Promise<void> => {
  const { root, releases, failed } = appPaths(home, project)
  const { live } = readApp(home, project)
  const last = live ? join(releases, String(live.release)) : null
  const needed = besides + 2 * (last === null ? 0 : ((await sizesOf(last)).get(last) ?? 0))
  if (freeBytes(root) >= needed) return
  rmSync(failed, { recursive: true, force: true })
  await tidyReleases(home, project, { keep: 2, budget: null, left: false })
  const free = freeBytes(root)
  if (free < needed) throw diskShort(root, free, needed)
}

/** Returns the free bytes for users other than root: on a server builds do not run as root. */
const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
