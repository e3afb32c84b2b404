import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { flush } from '../../../commands/files.js'
import { asNobody } from '../../../commands/setpriv.js'
import { within } from '../../../commands/timeout.js'
import { type ElixirRequest, parseElixir } from '../../../core/elixir-version.js'
import { runCommand } from '../../../hosts/capture.js'
import { nameFolder, readIfThere, syncFolder } from '../../../hosts/files.js'
import * as elixir from '../commands/elixir.js'
import { checksumIn, refuseOther } from './checksum.js'
import { download, type Progress } from './download.js'
import {
  elixirArchive,
  elixirOtp,
  elixirUnchecked,
  elixirUnreached,
  elixirVersion,
  erlangMissing,
} from './errors.js'
import { besidePath, type Installed, installedElixirs, nameOf, readyFolder } from './installed.js'
import { otpOn } from './on-path.js'
import { fitOf, hasArchives, newestFor, wholeVersion } from './support.js'
import { unpack } from './unpack.js'

/** Returns the default source of archives: Elixir's own releases, or a mirror of them. */
export const officialArchive = (): Pick<InstallOptions, 'mirror' | 'from' | 'sha256'> => ({
  mirror: process.env['GATLING_ELIXIR_MIRROR'] || 'https://github.com/elixir-lang/elixir/releases/download',
  from: null,
  sha256: null,
})

export interface InstallOptions {
  /** The folder of all installed Elixirs. */
  readonly folder: string
  /** `1.18.4`, `1.18.4-otp-27`, or `1.18` for the newest 1.18 that this Gatling knows. */
  readonly version: string
  /** The address under which `/v1.18.4/elixir-otp-27.zip` and its `.sha256sum` are. */
  readonly mirror: string
  /** An archive on this machine, to use instead of the mirror. */
  readonly from: string | null
  /** The expected SHA-256; null: the checksum file beside the archive has it. */
  readonly sha256: string | null
  /** Whether other users must be able to run it. Then the user `nobody` tries it. */
  readonly forAll: boolean
  readonly progress?: Progress
}

/**
 * Installs the precompiled archive of an Elixir for this machine's Erlang. It fetches the archive, compares the
 * checksum, unpacks it beside its place, tries it, and moves it into place by one rename. An Elixir that is installed
 * already stays.
 * @returns the Elixir, and whether it is new.
 * @throws GatlingError ELIXIR_VERSION, ELIXIR_OTP, ERLANG_MISSING, ELIXIR_UNREACHED, ELIXIR_UNCHECKED, ELIXIR_CHECKSUM,
 * ELIXIR_ARCHIVE or DISK_FULL. A failed installation leaves nothing.
 */
export const installElixir = async (
  options: InstallOptions,
): Promise<{ readonly installed: Installed; readonly isNew: boolean }> => {
  const { folder, forAll } = options
  const { version, otp } = await choose(options.version)
  const name = nameOf(version, otp)
  const path = join(folder, name)
  const installed: Installed = { name, version, otp, path }
  if (installedElixirs(folder).some(one => one.name === name)) return { installed, isNew: false }
  readyFolder(folder)
  const { bytes, place } = await fetchArchive(options, version, otp)
  const beside = besidePath(folder, name)
  try {
    unpack(bytes, beside, place)
    await refuseBroken(beside, version, place, forAll)
    await runCommand(flush(beside))
    // If another process was faster, it has installed the same.
    const isNew = nameFolder(beside, path)
    syncFolder(folder)
    return { installed, isNew }
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** Chooses the version and the OTP of the archive for this machine. */
const choose = async (text: string): Promise<{ version: string; otp: number }> => {
  const request = parseElixir(text)
  if (request === null) throw elixirVersion(text)
  const machine = await otpOfMachine()
  const version = wholeVersion(request.version, machine)
  if (version === null || !hasArchives(version)) throw elixirVersion(text)
  return { version, otp: archiveFor(version, request, machine) }
}

/** Chooses the archive of a version for a machine, by OTP. @throws GatlingError ELIXIR_OTP. */
const archiveFor = (version: string, { otp }: ElixirRequest, machine: number): number => {
  const newest = newestFor(machine)
  const wanted = { version, otp, from: null }
  if (otp !== null && otp > machine) throw elixirOtp(wanted, [otp, null], machine, newest)
  // An app that names an OTP has a reason. A newer Erlang runs what was compiled for an older one.
  if (otp !== null) return otp
  const fit = fitOf(version, machine)
  if ('archive' in fit) return fit.archive
  throw elixirOtp(wanted, [fit.least, fit.most], machine, newest)
}

const otpOfMachine = async (): Promise<number> => {
  const known = otpOn(process.env['PATH'])
  if (known !== null) return known
  const { status, stdout } = await runCommand(within(patience, elixir.otp))
  const otp = Number(stdout.trim())
  if (status !== 0 || !Number.isInteger(otp) || otp === 0) throw erlangMissing()
  return otp
}

/** How long a virtual machine may run, from boot to end, in seconds. */
const patience = 60

const fetchArchive = async (
  { mirror, from, sha256, progress }: InstallOptions,
  version: string,
  otp: number,
): Promise<{ bytes: Buffer; place: string }> => {
  const place = from ?? `${mirror.replace(/\/+$/, '')}/v${version}/elixir-otp-${otp}.zip`
  const sums = `${place}.sha256sum`
  const read = async (): Promise<string> =>
    from === null ? (await download(sums)).toString('utf8') : (readIfThere(sums) ?? '')
  const expected = sha256?.toLowerCase() ?? checksumIn(await read(), basename(place))
  if (expected === null) throw elixirUnchecked(place, sums)
  const bytes = from === null ? await download(place, progress) : readArchive(from)
  refuseOther(bytes, expected, place)
  return { bytes, place }
}

const readArchive = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw elixirUnreached(path, error instanceof Error ? error.message : String(error), false)
  }
}

/**
 * Refuses an Elixir that does not run. It is tried without this process's rights.
 * @throws GatlingError ELIXIR_ARCHIVE.
 */
const refuseBroken = async (
  folder: string,
  version: string,
  place: string,
  forAll: boolean,
): Promise<void> => {
  if (!existsSync(join(folder, 'bin', 'mix'))) throw elixirArchive(place, 'it has no bin/mix')
  chmodSync(folder, 0o755)
  const command = within(patience, elixir.version(join(folder, 'bin', 'elixir')))
  const { stdout, stderr } = await runCommand(forAll ? asNobody(command) : command)
  const found = /^Elixir (\S+)/m.exec(stdout)?.[1]
  if (found === version) return
  const lines = `${stdout}${stderr}`.trim().split('\n').slice(-3).join(' ')
  throw elixirArchive(
    place,
    found === undefined ? `it does not run here: ${lines || 'it says nothing'}` : `it holds Elixir ${found}`,
  )
}
