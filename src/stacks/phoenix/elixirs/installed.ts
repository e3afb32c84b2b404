import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compareVersions, isWanted, parseElixir, writeElixir } from '../../../core/elixir-version.js'
import { isPidAlive, syncFolder } from '../../../hosts/files.js'
import { elixirUnknown } from './errors.js'

/** An Elixir that `gatling elixir install` has put into its own folder. */
export interface Installed {
  /** `1.18.4-otp-27` */
  readonly name: string
  readonly version: string
  /** The Erlang/OTP that it was compiled for. */
  readonly otp: number
  readonly path: string
}

/** Lists the Elixirs in a folder, the newest first. */
export const installedElixirs = (folder: string): readonly Installed[] =>
  namesIn(folder)
    .flatMap(name => {
      const { version, otp = null } = parseElixir(name) ?? {}
      const path = join(folder, name)
      const isOne = version !== undefined && otp !== null && existsSync(join(path, 'bin', 'elixir'))
      return isOne ? [{ name, version, otp, path }] : []
    })
    .sort((one, other) => compareVersions(other.version, one.version) || other.otp - one.otp)

/**
 * Returns the newest Elixir that matches and runs on the machine's OTP.
 * @param wanted null: any.
 * @param machine its OTP; null: unknown.
 */
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
 * Removes a version, for every OTP or for the named one. Each removal is one rename. Releases have their own copy of
 * Elixir.
 * @returns the names of the removed Elixirs.
 * @throws GatlingError ELIXIR_UNKNOWN.
 */
export const removeElixir = (folder: string, text: string): readonly string[] => {
  const request = parseElixir(text)
  const all = installedElixirs(folder)
  const chosen = all.filter(
    ({ version, otp }) => version === request?.version && (request.otp === null || request.otp === otp),
  )
  if (chosen.length === 0)
    throw elixirUnknown(
      text,
      all.map(({ name }) => name),
    )
  for (const { name, path } of chosen) {
    const beside = besidePath(folder, name)
    renameSync(path, beside)
    syncFolder(folder)
    rmSync(beside, { recursive: true, force: true })
  }
  return chosen.map(({ name }) => name)
}

/**
 * Returns the folder in which an Elixir is unpacked or deleted. Its name is not a version, and contains the number of
 * this process.
 */
export const besidePath = (folder: string, name: string): string =>
  join(folder, `.${name}.${process.pid}.new`)

/** Makes the folder, readable for everybody, and removes what killed processes left in it. */
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

/** Returns the name of an installed Elixir. */
export const nameOf = (version: string, otp: number): string => writeElixir({ version, otp })
