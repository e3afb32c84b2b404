/**
 * The Elixir that an app asks for: a version or the beginning of one, and the Erlang/OTP it was built for. A newer OTP
 * runs it, too.
 */
export interface ElixirRequest {
  readonly version: string
  readonly otp: number | null
}

/**
 * Matches a version as asdf and mise write it: `1`, `1.18`, `1.18.4`, `1.19.0-rc.0`, each with or without `-otp-27`.
 */
const form = /^v?(\d{1,4}(?:\.\d{1,4}){0,2}|\d{1,4}\.\d{1,4}\.\d{1,4}-[a-z]+\.\d{1,4})(?:-otp-(\d{2,3}))?$/

/** Reads a version; null for a text that names none, such as `latest`, `system` or `ref:main`. */
export const parseElixir = (text: string): ElixirRequest | null => {
  const [, version, otp] = form.exec(text) ?? []
  return version === undefined ? null : { version, otp: otp === undefined ? null : Number(otp) }
}

/** Writes a request as people write it. */
export const writeElixir = ({ version, otp }: ElixirRequest): string =>
  otp === null ? version : `${version}-otp-${otp}`

/** Tells whether a text is a complete version, not the beginning of several. */
export const isWhole = (version: string): boolean => version.split('.').length > 2

/**
 * Tells whether a version matches the requested version, which can be the beginning of one. A release candidate matches
 * only its full name.
 */
export const isWanted = (version: string, wanted: string): boolean =>
  version === wanted || (!isWhole(wanted) && !version.includes('-') && version.startsWith(`${wanted}.`))

/** Sorts versions, the oldest first; a release candidate is older than its release. */
export const compareVersions = (one: string, other: string): number => {
  const [left, right] = [one, other].map(version => version.split(/[.-]/).map(Number)) as [number[], number[]]
  for (const at of [0, 1, 2]) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  const candidates = Number(other.includes('-')) - Number(one.includes('-'))
  return candidates !== 0 ? candidates : (left.at(-1) ?? 0) - (right.at(-1) ?? 0)
}
