import { compareVersions } from '../../../core/elixir-version.js'
import { fitOf, hasArchives, newestFor } from '../elixirs/support.js'

export interface ElixirOnOtp {
  readonly version: string
  readonly otp: string
  /** Whether this Erlang can load a regular expression that was compiled with the code: from OTP 28.1 on. */
  readonly importsRegexes: boolean
}

/** Finds known problems of this Elixir on this Erlang/OTP. @returns the problem and its remedy; null: none is known. */
export const otpTrap = ({ version, otp, importsRegexes }: ElixirOnOtp): readonly [string, string] | null => {
  const release = Number(otp)
  if (!hasArchives(version)) return null
  const fit = fitOf(version, release)
  if ('least' in fit)
    return [`this Elixir is made for Erlang/OTP ${fit.least} to ${fit.most}`, install(newestFor(release))]
  if (release < 28) return null
  // Each makes a regular expression in another way: `Kernel.sigil_r/2` of 1.18.4, `Regex.__escape__/1` from 1.19 on.
  if (compareVersions(version, '1.19.0') < 0)
    return [
      'on Erlang/OTP 28 this Elixir compiles a regular expression each time it is used, which is slow',
      install(newestFor(release)),
    ]
  if (!importsRegexes)
    return [
      'Erlang/OTP 28.0 compiles a regular expression each time it is used, which is slow',
      'Install Erlang/OTP 28.1 or newer.',
    ]
  return null
}

const install = (version: string | null): string =>
  version === null ? 'Install an Elixir that is made for it.' : `gatling elixir install ${version}`
