import { error } from '../../../core/error.js'
import { list } from '../../../core/error-text.js'

export const elixirAbsent = error(
  'ELIXIR_ABSENT',
  'The app asks for an Elixir that this machine does not have.',
  (
    asked: { readonly elixir: string; readonly from: string },
    there: { readonly own: string | null; readonly installed: readonly string[] },
    install: string,
  ) => ({
    message: `${asked.from} asks for Elixir ${asked.elixir}. This machine has ${there.own ?? 'none'} of its own; ${there.installed.length === 0 ? 'none is' : `${list(there.installed)} ${there.installed.length === 1 ? 'is' : 'are'}`} installed beside it`,
    hint: `Install it (on a server as root), then push again: gatling elixir install ${install}`,
  }),
)

export const elixirOtp = error(
  'ELIXIR_OTP',
  "An Elixir does not fit this machine's Erlang.",
  (
    wanted: { readonly version: string; readonly otp: number | null; readonly from: string | null },
    [least, most]: readonly [number, number | null],
    machine: number,
    newest: string | null,
  ) => {
    const { version, otp, from } = wanted
    const name = `Elixir ${version}${otp === null ? '' : `-otp-${otp}`}`
    const asked = from === null ? '' : `, which ${from} asks for,`
    const range = most === null ? `${least} or newer` : `${least} to ${most}`
    const take = newest === null ? '' : `Take Elixir ${newest}, the newest for OTP ${machine}. `
    const other =
      most !== null && machine > most
        ? `Elixir does not promise that this version runs here. To try it anyway: \`gatling elixir install ${version}-otp-${most}\`.`
        : 'For a newer Erlang: Debian 13 has OTP 27; mise and asdf install any. [build] path in gatling.toml names a folder with another Elixir and Erlang.'
    return {
      message: `${name}${asked} is made for Erlang/OTP ${range}. This machine has OTP ${machine}`,
      hint: `${take}${other}`,
    }
  },
)

export const elixirVersion = error(
  'ELIXIR_VERSION',
  'There is no precompiled Elixir of that version.',
  (text: string) => ({
    message: `${JSON.stringify(text)} is not a version of Elixir that Gatling can install`,
    hint: 'Name a version from 1.14 on with three numbers, such as 1.18.4. https://github.com/elixir-lang/elixir/releases lists them all.',
    exitCode: 2,
  }),
)

export const elixirUnknown = error(
  'ELIXIR_UNKNOWN',
  'Gatling did not install that Elixir, so it cannot remove it.',
  (text: string, installed: readonly string[]) => ({
    message: `Gatling did not install Elixir ${text}`,
    hint:
      installed.length === 0
        ? 'Gatling has installed no Elixir.'
        : `Choose one of these: ${list(installed)}.`,
  }),
)

export const elixirUnreached = error(
  'ELIXIR_UNREACHED',
  'Gatling could not read the archive of an Elixir, or its checksum.',
  (url: string, reason: string, isNotThere: boolean) => ({
    message: `could not read ${url}: ${reason}. Nothing was installed`,
    hint: isNotThere
      ? 'See which versions there are, and for which OTP: https://github.com/elixir-lang/elixir/releases'
      : 'Try again. If this machine cannot reach that address, copy the archive and its checksum file here: `gatling elixir install VERSION --from FILE`. Or name another address with --mirror.',
  }),
)

export const elixirUnchecked = error(
  'ELIXIR_UNCHECKED',
  'The archive of an Elixir has no checksum to compare it with.',
  (place: string, sums: string) => ({
    message: `${sums} has no checksum for ${place}. Nothing was installed`,
    hint: 'Put the published checksum file beside the archive, or give its SHA-256 with --sha256.',
  }),
)

export const elixirChecksum = error(
  'ELIXIR_CHECKSUM',
  'The archive of an Elixir does not have the expected checksum.',
  (place: string, found: string, expected: string) => ({
    message: `${place} is not what was published. Its SHA-256 is ${found}, but should be ${expected}. Nothing was installed`,
    hint: 'Try again. If that does not help, get the archive from another place with --mirror or --from.',
  }),
)

export const elixirArchive = error(
  'ELIXIR_ARCHIVE',
  'Gatling cannot unpack the archive of an Elixir, or it does not hold that Elixir.',
  (place: string, reason: string) => ({
    message: `${place} is not a precompiled Elixir for this machine: ${reason}. Nothing was installed`,
    hint: 'Take an archive from https://github.com/elixir-lang/elixir/releases: elixir-otp-<the OTP of this machine>.zip.',
  }),
)

export const erlangMissing = error('ERLANG_MISSING', 'Erlang is not installed, or does not start.', () => ({
  message: 'Erlang, which every Elixir needs, is not installed on this machine or does not start',
  hint: 'Install it. On a server: `gatling setup --elixir`. On Debian and Ubuntu also: `apt-get install erlang-nox erlang-dev`.',
}))
