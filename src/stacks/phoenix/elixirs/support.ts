import { compareVersions, isWhole } from '../../../core/elixir-version.js'

interface Line {
  readonly version: string
  /** The oldest and the newest Erlang/OTP with an archive of it. */
  readonly otp: readonly [number, number]
  /** The last of its versions that this Gatling knows. */
  readonly newest: string
  /** A newer Erlang/OTP that runs the archive for the newest of `otp`, from a version on. */
  readonly also?: { readonly from: string; readonly otp: number }
}

/**
 * Elixir's "Compatibility and deprecations", for all versions whose precompiled archives name their OTP. A version that
 * is missing here is newer than this Gatling.
 */
const lines: readonly Line[] = [
  { version: '1.14', otp: [23, 25], newest: '1.14.5', also: { from: '1.14.5', otp: 26 } },
  { version: '1.15', otp: [24, 26], newest: '1.15.8' },
  { version: '1.16', otp: [24, 26], newest: '1.16.3' },
  { version: '1.17', otp: [25, 27], newest: '1.17.3' },
  // Its notes: "you may use Elixir v1.18.4 precompiled for Erlang/OTP 27" on OTP 28.
  { version: '1.18', otp: [25, 27], newest: '1.18.4', also: { from: '1.18.4', otp: 28 } },
  { version: '1.19', otp: [26, 28], newest: '1.19.5' },
  { version: '1.20', otp: [27, 29], newest: '1.20.4' },
]

const oldest = '1.14.0'

/** Tells whether a version has precompiled archives for each OTP. */
export const hasArchives = (version: string): boolean => compareVersions(version, oldest) >= 0

const lineOf = (version: string): Line | undefined =>
  lines.find(line => version === line.version || version.startsWith(`${line.version}.`))

/** The OTP whose archive of a version fits a machine's, or the range it should be in. */
export type Fit = { readonly archive: number } | { readonly least: number; readonly most: number }

/**
 * Chooses the archive of a version for a machine with this OTP. For an unknown version it takes the archive of the
 * machine's OTP.
 */
export const fitOf = (version: string, machine: number): Fit => {
  const line = lineOf(version)
  if (line === undefined) return { archive: machine }
  const [least, most] = line.otp
  if (machine >= least && machine <= most) return { archive: machine }
  const isAlso = line.also?.otp === machine && compareVersions(version, line.also.from) >= 0
  return isAlso ? { archive: most } : { least, most }
}

/** Returns the newest known Elixir for an Erlang/OTP. */
export const newestFor = (otp: number): string | null =>
  lines.filter(({ otp: [least, most] }) => otp >= least && otp <= most).at(-1)?.newest ?? null

/**
 * Completes a version: a complete one stays, otherwise it is the newest known version for this OTP that begins with it;
 * null: none is known.
 */
export const wholeVersion = (version: string, otp: number | null): string | null => {
  if (isWhole(version)) return version
  if (version.includes('.')) return lineOf(version)?.newest ?? null
  return otp === null ? (lines.at(-1)?.newest ?? null) : newestFor(otp)
}
