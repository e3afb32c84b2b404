import { resolve } from 'node:path'
import { installElixir, officialArchive } from '../../stacks/phoenix/elixirs/install.js'
import { type Installed, installedElixirs, removeElixir } from '../../stacks/phoenix/elixirs/installed.js'
import { elixirOn, otpOn } from '../../stacks/phoenix/elixirs/on-path.js'
import { gatlingHome, homePaths } from '../../state/paths.js'
import { isServerHome } from '../../state/server.js'
import { needsRoot, usage } from '../errors.js'
import { print, printJson, tell } from '../output.js'
import { table } from '../render.js'

/** Installs an Elixir for every app. */
export const install = async (
  version: string,
  { mirror, from, sha256 }: { mirror?: string; from?: string; sha256?: string },
): Promise<void> => {
  const home = gatlingHome()
  // The holder of a key must not choose a file or an address for root to read.
  const isChosen = mirror !== undefined || from !== undefined || sha256 !== undefined
  if (isChosen && isServerHome(home) && process.env['GATLING_USER'] !== undefined)
    throw needsRoot('elixir install --mirror, --from or --sha256')
  const official = officialArchive()
  const { installed, isNew } = await installElixir({
    folder: homePaths(home).elixirs,
    version,
    mirror: webAddress(mirror ?? official.mirror),
    from: from === undefined ? null : resolve(from),
    sha256: sha256 === undefined ? null : checksum(sha256),
    forAll: isServerHome(home),
    ...(process.stderr.isTTY ? { progress: showProgress } : {}),
  })
  print(
    isNew
      ? `Elixir ${installed.name} is installed: ${installed.path}`
      : `${installed.name} is there already.`,
  )
  const [major, minor] = installed.version.split('.')
  if (isNew) tell(`An app uses it with this in gatling.toml: [build] elixir = "${major}.${minor}"`)
}

const webAddress = (text: string): string => {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw usage(`${JSON.stringify(text)} is not the address of a mirror`, 'Begin it with https:// or http://.')
}

const checksum = (text: string): string => {
  if (/^[0-9a-f]{64}$/i.test(text)) return text
  throw usage(
    `${JSON.stringify(text)} is not a SHA-256`,
    'Give 64 digits from 0 to f, as sha256sum prints them.',
  )
}

const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1)

const showProgress = (got: number, all: number | null): void => {
  const of = all === null ? '' : ` of ${megabytes(all)}`
  process.stderr.write(`\r${megabytes(got)}${of} MB${got === all ? '\n' : ''}`)
}

export const list = (options: { json?: boolean }): void => {
  const all = installedElixirs(homePaths(gatlingHome()).elixirs)
  if (options.json) printJson(all)
  else printTable(all)
}

const printTable = (all: readonly Installed[]): void => {
  const { PATH } = process.env
  const [version, otp] = [elixirOn(PATH), otpOn(PATH)]
  const own = version === null ? [] : [[version, String(otp ?? '?'), "the machine's own"]]
  const rows = all.map(one => [one.version, String(one.otp), one.path])
  print(...table([['ELIXIR', 'OTP', 'WHERE'], ...rows, ...own]))
}

/** Removes an Elixir. Releases built with it run on. The next push of an app that asks for it is refused. */
export const remove = (version: string): void => {
  const removed = removeElixir(homePaths(gatlingHome()).elixirs, version)
  print(`Removed ${removed.join(', ')}. Running apps have their own copy.`)
}
