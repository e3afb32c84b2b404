import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import * as v from 'valibot'
import { flush, publish } from '../commands/files.js'
import { releaseDiffers } from '../fleet/errors.js'
import {
  type FileEntry,
  hashOf,
  isFileEntry,
  type Manifest,
  manifestOf,
  manifestSchema,
} from '../fleet/manifest.js'
import { runCommand } from '../hosts/capture.js'
import { syncFolder } from '../hosts/files.js'
import { type Frames, framesIn, send } from '../hosts/frames.js'
import { sweepFolder } from '../housekeeping/leftovers.js'
import { keeperOf } from '../runtimes/keeper.js'
import { isWhole, listReleases, readApp } from '../state/apps.js'
import { appPaths } from '../state/paths.js'

/** The first line of a transfer. */
const offerSchema = v.object({
  manifest: manifestSchema,
  /** The releases of the sender: the other end keeps no others. */
  releases: v.array(v.number()),
})
interface Offer {
  readonly manifest: Manifest
  readonly releases: readonly number[]
}

/** The two streams to the other end. */
export interface Ends {
  readonly input: Readable
  readonly output: Writable
}

/**
 * Sends a release to another machine: first the manifest, then the content of the files that the other end asks for.
 * Both ends run as the app's own user.
 */
export const sendRelease = async (
  home: string,
  project: string,
  release: number,
  { input, output }: Ends,
): Promise<void> => {
  const folder = join(appPaths(home, project).releases, String(release))
  if (!isWhole(home, project, release)) throw new Error(`${folder} holds no release`)
  const manifest = manifestOf(folder)
  const files = manifest.filter(isFileEntry)
  const answers = framesIn(input)
  const offer: Offer = { manifest, releases: listReleases(home, project) }
  await send(output, `${JSON.stringify(offer)}\n`)
  const wanted = v.parse(v.array(v.number()), JSON.parse(await answers.line()))
  for (const index of wanted) {
    const file = files[index]
    if (file) await send(output, readFileSync(join(folder, file.path)))
  }
  // The other end says so when the release is on its disk.
  await answers.line()
}

/**
 * Receives a release. Files that an earlier release has are linked, not sent. The release appears under its number only
 * when it is complete and on the disk; a process that is killed before leaves nothing that counts.
 * @throws GatlingError FLEET_RELEASE_DIFFERS.
 */
export const receiveRelease = async (
  home: string,
  project: string,
  release: number,
  { input, output }: Ends,
): Promise<void> => {
  const { deploy, releases, public: publicDir } = appPaths(home, project)
  const frames = framesIn(input)
  const { manifest, releases: kept } = v.parse(offerSchema, JSON.parse(await frames.line()))
  const folder = join(releases, String(release))
  if (isSame(home, project, release, manifest)) {
    await send(output, '[]\n\n')
    return
  }
  await tidy(home, project, [...kept, release])
  const beside = join(deploy, `received-${release}.${process.pid}.new`)
  try {
    const asked = await lay(manifest, beside, earlierReleases(home, project, release), output)
    for (const file of asked) await write(file, beside, frames)
    finish(manifest, beside)
    if (publicDir !== null) await runCommand(publish(beside, publicDir))
    await runCommand(flush(beside))
    chmodSync(beside, 0o750)
    mkdirSync(releases, { recursive: true })
    rmSync(folder, { recursive: true, force: true })
    renameSync(beside, folder)
    syncFolder(releases)
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    throw error
  }
  await send(output, '\n')
}

/** Removes the releases that the sender no longer has, and what killed transfers left. */
const tidy = async (home: string, project: string, kept: readonly number[]): Promise<void> => {
  const { deploy, releases } = appPaths(home, project)
  sweepFolder(deploy)
  const spare = listReleases(home, project).filter(number => !kept.includes(number))
  if (spare.length === 0) return
  const { live } = readApp(home, project)
  const booted = (await keeperOf(home, project).services.list(project)).map(one => one.release)
  for (const number of spare)
    if (number !== live?.release && !booted.includes(number))
      rmSync(join(releases, String(number)), { recursive: true, force: true })
}

const isSame = (home: string, project: string, release: number, manifest: Manifest): boolean => {
  const folder = join(appPaths(home, project).releases, String(release))
  return isWhole(home, project, release) && JSON.stringify(manifestOf(folder)) === JSON.stringify(manifest)
}

/** How many earlier releases are searched for a file. */
const searched = 2

const earlierReleases = (home: string, project: string, release: number): readonly string[] =>
  listReleases(home, project)
    .filter(number => number !== release && isWhole(home, project, number))
    .reverse()
    .slice(0, searched)
    .map(number => join(appPaths(home, project).releases, String(number)))

/**
 * Makes the folders, and the files that earlier releases have. Asks the other end for the rest.
 * @returns the files it asked for, in their order.
 */
const lay = async (
  manifest: Manifest,
  beside: string,
  earlier: readonly string[],
  output: Writable,
): Promise<readonly FileEntry[]> => {
  mkdirSync(beside, { recursive: true, mode: 0o700 })
  for (const { kind, path } of manifest) if (kind === 'folder') mkdirSync(join(beside, path), { mode: 0o700 })
  const files = manifest.filter(isFileEntry)
  const asked = files.flatMap((file, index) => (linked(file, beside, earlier) ? [] : [index]))
  await send(output, `${JSON.stringify(asked)}\n`)
  return asked.flatMap(index => files[index] ?? [])
}

/** Links a file of an earlier release, if it is the same. @returns false: no earlier release has it. */
const linked = (file: FileEntry, beside: string, earlier: readonly string[]): boolean => {
  const from = earlier.map(folder => join(folder, file.path)).find(path => isTheFile(path, file))
  if (from !== undefined) linkSync(from, join(beside, file.path))
  return from !== undefined
}

const isTheFile = (path: string, { mode, size, sha256 }: FileEntry): boolean => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile() || found.size !== size || (found.mode & 0o777) !== mode) return false
  return hashOf(readFileSync(path)) === sha256
}

const write = async (file: FileEntry, beside: string, frames: Frames): Promise<void> => {
  const hash = createHash('sha256')
  const handle = openSync(join(beside, file.path), 'wx', 0o600)
  try {
    for await (const bytes of frames.take(file.size)) {
      hash.update(bytes)
      for (let from = 0; from < bytes.length; ) from += writeSync(handle, bytes, from)
    }
    fchmodSync(handle, file.mode)
  } finally {
    closeSync(handle)
  }
  if (hash.digest('hex') !== file.sha256) throw releaseDiffers(file.path)
}

/** Adds what must come last: links, and the modes of folders, which can forbid writing. */
const finish = (manifest: Manifest, beside: string): void => {
  for (const entry of manifest) if (entry.kind === 'link') symlinkSync(entry.target, join(beside, entry.path))
  for (const entry of [...manifest].reverse())
    if (entry.kind === 'folder') chmodSync(join(beside, entry.path), entry.mode)
}
