import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../../config/settings.js'
import { isWanted, writeElixir } from '../../../core/elixir-version.js'
import { localHost } from '../../../hosts/local.js'
import { placeOfProgram } from '../../../hosts/programs.js'
import { findRepositoryFile, readRepositoryFile } from '../../../hosts/repository-file.js'
import { homePaths } from '../../../state/paths.js'
import { type AskedElixir, askedElixir, versionFiles } from './asked.js'
import { elixirAbsent, elixirOtp } from './errors.js'
import { type Installed, installedElixirs, newestOf } from './installed.js'
import { elixirOn, otpOn } from './on-path.js'
import { fitOf, newestFor, wholeVersion } from './support.js'

/**
 * Returns the folders of the shims of mise and asdf. A shim looks into the current folder, and runs the version that
 * its files name.
 */
const shims = (home: string): string[] => [
  join(home, '.local', 'share', 'mise', 'shims'),
  join(home, '.asdf', 'shims'),
  '/usr/local/share/mise/shims',
  '/opt/asdf/shims',
]

/** The tools of a build. */
export interface Tools {
  readonly environment: NodeJS.ProcessEnv
  /** The Elixir that the app asks for; null: none, or `[build] path` decides. */
  readonly asked: AskedElixir | null
  /** The Elixir of `gatling elixir install` that the build uses; null: it uses another. */
  readonly own: Installed | null
}

/**
 * Makes the environment of a build, with the app's Elixir first on the PATH. The first of these wins: the Elixir of
 * `[build] path`; the newest installed one that the app asks for; that of mise or asdf if the app has their file; the
 * machine's. An app that asks for none gets the newest installed one if the machine has no other.
 */
export const toolsOf = (
  home: string,
  environment: NodeJS.ProcessEnv,
  buildDir: string,
  { path }: Pick<Settings['build'], 'path'>,
): Tools => {
  if (path !== null) return { environment: withFirst(environment, [path]), asked: null, own: null }
  const isAsked = versionFiles.some(file => findRepositoryFile(buildDir, file) !== null)
  const there = isAsked ? shims(environment['HOME'] ?? '').filter(folder => existsSync(folder)) : []
  const others = withFirst(environment, there)
  const asked = askedElixir(name => readRepositoryFile(buildDir, name))
  const isNeeded = asked !== null || placeOfProgram('elixir', others['PATH']) === null
  const machine = otpOn(others['PATH'])
  // Code for a newer Erlang can call functions that the machine's Erlang does not have.
  const isTooOld = machine !== null && (asked?.otp ?? 0) > machine
  const all = isNeeded && !isTooOld ? installedElixirs(homePaths(home).elixirs) : []
  const own = newestOf(all, asked?.version ?? null, machine)
  return { environment: own === null ? others : withOwn(others, own), asked, own }
}

const withFirst = (environment: NodeJS.ProcessEnv, folders: readonly string[]): NodeJS.ProcessEnv =>
  folders.length === 0
    ? environment
    : { ...environment, PATH: [...folders, environment['PATH'] ?? ''].join(':') }

/**
 * Adds an installed Elixir with its own MIX_HOME. Hex, rebar and archives are compiled, and another Elixir might not
 * load them.
 */
const withOwn = (environment: NodeJS.ProcessEnv, { name, path }: Installed): NodeJS.ProcessEnv => ({
  MIX_HOME: join(environment['HOME'] ?? '', '.mix', 'gatling', name),
  ...withFirst(environment, [join(path, 'bin')]),
})

/**
 * Refuses a build whose app asks for an Elixir that is neither installed nor on the PATH already.
 * @throws GatlingError ELIXIR_ABSENT or ELIXIR_OTP.
 */
export const refuseAbsent = async (
  home: string,
  { environment, asked, own }: Tools,
  buildDir: string,
  signal: AbortSignal,
): Promise<void> => {
  if (asked === null || own !== null) return
  const machine = otpOn(environment['PATH'])
  const there = elixirOn(environment['PATH']) ?? (await askShim(environment, buildDir, signal))
  const isEnough = machine === null || (asked.otp ?? 0) <= machine
  if (isEnough && there !== null && isWanted(there, asked.version)) return
  const version = wholeVersion(asked.version, machine) ?? asked.version
  if (machine !== null) refuseUnfit(version, asked, machine)
  const installed = installedElixirs(homePaths(home).elixirs).map(({ name }) => name)
  throw elixirAbsent({ elixir: writeElixir(asked), from: asked.from }, { own: there, installed }, version)
}

/** Refuses an Elixir that this machine's Erlang cannot run, because no command could install it. */
const refuseUnfit = (version: string, { from, otp }: AskedElixir, machine: number): void => {
  const newest = newestFor(machine)
  const wanted = { version, otp, from }
  if (otp !== null && otp > machine) throw elixirOtp(wanted, [otp, null], machine, newest)
  const fit = fitOf(version, machine)
  if (!('archive' in fit)) throw elixirOtp(wanted, [fit.least, fit.most], machine, newest)
}

/** How long a shim may look for its program, in ms. */
const shimMs = 30_000

/** Asks the Elixir behind a shim for its version; null: it cannot be started. */
const askShim = async (
  environment: NodeJS.ProcessEnv,
  buildDir: string,
  signal: AbortSignal,
): Promise<string | null> => {
  const host = localHost({ environment, emit: () => {}, signal })
  const argv = ['elixir', '--version'] as const
  try {
    const output = await host.run({ argv, cwd: buildDir, quiet: true, timeoutMs: shimMs })
    return /^Elixir (\S+)/m.exec(output)?.[1] ?? null
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}
