import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compareVersions, isWanted, parseElixir, writeElixir } from '../../../core/elixir-version.js'
import { isPidAlive, syncFolder } from '../../../hosts/files.js'
import { elixirUnknown } from './errors.js'

/** An Elixir that `gatling elixir install` has put into a folder of its own. */
export interface Installed {
  /** `1.18.4-otp-27` */
  readonly name: string
  readonly version: string
  /** The Erlang/OTP that it was compiled for. */
  readonly otp: number
  readonly path: string
}

/** Those in a folder, the newest first. */
export const installedElixirs = (folder: string): readonly Installed[] =>
  namesIn(folder)
    .flatMap(name => {
      const { version, otp = null } = parseElixir(name) ?? {}
      const path = join(folder, name)
      const isOne = version !== undefined && otp !== null && existsSync(join(path, 'bin', 'elixir'))
      return isOne ? [{ name, version, otp, path }] : []
    })
    .sort((one, other) => compareVersions(other.version, one.version) || other.otp - one.otp)

/** The newest of them that is wanted and runs on the machine's OTP; null for the machine's: it is not known. */
export const newestOf = (
  all: readonly Installed[],
  wanted: string | null,
  machine: number | null,
): Installed | null =>
  all.find(
    ({ version, otp }) =>
      (wanted === null || isWanted(version, wanted)) && (machine === null || otp <= machine),
  ) ?? null

/**
 * Removes a version, for every OTP unless one is named. Each goes in one step; what was built with it has its own copy.
 * @returns the names of those removed.
 * @throws GatlingError ELIXIR_UNKNOWN.
 */
export const removeElixir = (folder: string, text: string): readonly string[] => {
  const wish = parseElixir(text)
  const all = installedElixirs(folder)
  const meant = all.filter(
    ({ version, otp }) => version === wish?.version && (wish.otp === null || wish.otp === otp),
  )
  if (meant.length === 0)
    throw elixirUnknown(
      text,
      all.map(({ name }) => name),
    )
  for (const { name, path } of meant) {
    const beside = besidePath(folder, name)
    renameSync(path, beside)
    syncFolder(folder)
    rmSync(beside, { recursive: true, force: true })
  }
  return meant.map(({ name }) => name)
}

/** Where one is made or taken apart: under no name of a version, and with the number of who does it. */
export const besidePath = (folder: string, name: string): string =>
  join(folder, `.${name}.${process.pid}.new`)

/** Makes the folder, for everybody to read, and removes what a process that was killed has left in it. */
export const readyFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  for (const name of namesIn(folder)) {
    const pid = /^\..*\.(\d+)\.new$/.exec(name)?.[1]
    if (pid !== undefined && !isPidAlive(Number(pid)))
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** A name for one of a version. */
export const nameOf = (version: string, otp: number): string => writeElixir({ version, otp })
