import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { GatlingError } from '../../../core/error.js'
import type { Host } from '../../../core/host.js'
import { ownFile } from '../../../core/own-file.js'
import { readIfThere, writeWhole } from '../../../hosts/files.js'
import { findProgram } from '../../../hosts/programs.js'
import { readRepositoryFile } from '../../../hosts/repository-file.js'
import { inspectProject as command } from '../commands/elixir.js'
import { elixirOn, otpOn } from '../elixirs/on-path.js'
import { newestFor } from '../elixirs/support.js'
import {
  elixirMissing,
  elixirOld,
  mixExsBroken,
  noRelease,
  notAMixProject,
  notAnApp,
  projectMismatch,
  releaseUnknown,
} from './errors.js'
import { isPlain } from './plain-mix-exs.js'

const script = ownFile('elixir/inspect_project.exs')

/** The oldest Elixir whose `mix release` does what Gatling relies on. */
const oldestElixir = '1.12'

const bool = v.pipe(
  v.picklist(['true', 'false']),
  v.transform(text => text === 'true'),
)
const factsSchema = v.object({
  elixir: v.string(),
  requires: v.string(),
  fits: bool,
  app: v.string(),
  version: v.string(),
  umbrella: bool,
  runs: bool,
  release: v.array(v.string()),
  task: v.array(v.string()),
  own: v.array(v.string()),
  /** The files and folders that the answer depends on, relative to the checkout. */
  read: v.array(v.string()),
})

/** What mix.exs says. */
export type Project = v.InferOutput<typeof factsSchema>

/** Returns facts for `unload`, which must work even for a broken app. */
export const unknownProject = (app: string): Project => ({
  elixir: '',
  requires: '',
  fits: true,
  app,
  version: '',
  umbrella: false,
  runs: true,
  release: [],
  task: [],
  own: [],
  read: [],
})

/**
 * Evaluates the mix.exs of a checkout, and of the other apps in it, in a new VM. The result of plain ones is kept in
 * `cacheDir` until a text or the reader changes.
 * @throws GatlingError NOT_A_MIX_PROJECT, ELIXIR_MISSING, ELIXIR_OLD or MIX_EXS_BROKEN.
 */
export const inspectProject = async (
  buildDir: string,
  cacheDir: string,
  host: Host,
  environment: NodeJS.ProcessEnv,
): Promise<Project> => {
  const path = environment['PATH']
  if (readRepositoryFile(buildDir, 'mix.exs') === null) throw notAMixProject()
  const elixir = findProgram('elixir', path)
  if (elixir === null) throw elixirMissing()
  const reader = [elixir, readIfThere(script) ?? '', environment['MIX_TARGET'] ?? '']
  const project = v.parse(factsSchema, await factsOf({ buildDir, cacheDir, host, reader, path }))
  const newest = newestFor(otpOn(path) ?? 0)
  if (isOlder(project.elixir, oldestElixir))
    throw elixirOld(project.elixir, `${oldestElixir} or newer`, newest)
  if (!project.fits) throw elixirOld(project.elixir, project.requires, newest)
  return project
}

interface Inspection {
  readonly buildDir: string
  readonly cacheDir: string
  readonly host: Host
  /** What else the answer depends on, besides its files. */
  readonly reader: readonly string[]
  readonly path: string | undefined
}

const factsOf = async ({ buildDir, cacheDir, host, reader, path }: Inspection) => {
  const keptAt = join(cacheDir, 'mix-exs')
  const textOf = (name: string): string => textIn(buildDir, name)
  const madeFrom = (read: readonly string[]): string =>
    digest(...reader, ...read.flatMap(name => [name, textOf(name)]))
  const kept = parseFacts(readIfThere(keptAt) ?? '')
  if (kept.madeFrom === madeFrom(kept.read)) return kept
  const text = await evaluate(buildDir, cacheDir, host)
  const facts = parseFacts(text)
  // The files that tell a shim what to run can be anywhere.
  const isKept = elixirOn(path) !== null && facts.read.every(name => isPlain(textOf(name)))
  if (isKept) writeWhole(keptAt, `${text}madeFrom\t${madeFrom(facts.read)}\n`)
  return facts
}

/** Runs the script. @returns what it wrote. */
const evaluate = async (buildDir: string, folder: string, host: Host): Promise<string> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const output = join(folder, `mix-exs-new-${process.pid}`)
  try {
    await host.run(command(script, buildDir, output))
    return readFileSync(output, 'utf8')
  } catch (error) {
    if (!(error instanceof GatlingError) || error.code !== 'COMMAND_FAILED') throw error
    throw mixExsBroken(error.output)
  } finally {
    rmSync(output, { force: true })
  }
}

/** Returns the text of a file, the names in a folder, or nothing if neither exists. */
const textIn = (buildDir: string, name: string): string => {
  const path = join(buildDir, name)
  return statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? ls(path).join('\n')
    : (readRepositoryFile(buildDir, name) ?? '')
}

const digest = (...texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex')

const parseFacts = (text: string) => {
  const lines = text.split('\n').flatMap(line => {
    const tab = line.indexOf('\t')
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)] as const]
  })
  const all = (wanted: string) => lines.flatMap(([name, value]) => (name === wanted ? [value] : []))
  return {
    ...Object.fromEntries(lines),
    ...{ release: all('release'), task: all('task'), own: all('own'), read: all('read') },
    madeFrom: all('madeFrom')[0],
  }
}

const isOlder = (version: string, than: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number)
  return major < thanMajor || (major === thanMajor && minor < thanMinor)
}

/** Chooses the release to build. @throws GatlingError PROJECT_MISMATCH, NOT_AN_APP, NO_RELEASE or RELEASE_UNKNOWN. */
export const chooseRelease = (project: Project, name: string, wanted: string | null): string => {
  const { app, release: defined } = project
  if (defined.length === 0 && project.umbrella) throw noRelease()
  if (app !== name && !defined.includes(name)) throw projectMismatch(name, app || (defined[0] ?? ''))
  if (defined.length === 0 && !project.runs) throw notAnApp(app)
  const possible = defined.length === 0 ? [app] : defined
  const only = possible.length === 1 ? possible[0] : undefined
  const chosen = wanted ?? (possible.includes(name) ? name : only)
  if (chosen === undefined || !possible.includes(chosen)) throw releaseUnknown(wanted, possible)
  return chosen
}

/**
 * Makes a function that lists the mix tasks of a checkout: those of mix.exs and of Mix itself, and those compiled into
 * `_build`, by the names of their beam files. It looks again after a folder has changed.
 */
export const mixTasks = (project: Project, buildDir: string): (() => readonly string[]) => {
  const libraries = join(buildDir, '_build', 'prod', 'lib')
  let seen = ''
  let tasks: readonly string[] = []
  return () => {
    const folders = ls(libraries).map(library => join(libraries, library, 'ebin'))
    const now = folders.map(folder => `${folder} ${changedAt(folder)}`).join()
    if (now !== seen || tasks.length === 0)
      tasks = [...new Set([...project.task, ...folders.flatMap(compiledTasks)])].sort()
    seen = now
    return tasks
  }
}

const compiledTasks = (folder: string): string[] =>
  ls(folder).flatMap(file => {
    const name = /^Elixir\.Mix\.Tasks\.(.+)\.beam$/.exec(file)?.[1]
    return name === undefined ? [] : [name.split('.').map(underscore).join('.')]
  })

const changedAt = (folder: string): number => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0

const underscore = (name: string): string =>
  name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()

const ls = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
