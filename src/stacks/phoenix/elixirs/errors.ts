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
    hint: `Install it - on a server as root - and push again: gatling elixir install ${install}`,
  }),
)

export const elixirOtp = error(
  'ELIXIR_OTP',
  "An Elixir is wanted that is not made for this machine's Erlang.",
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
        ? `Elixir does not promise that it runs here; to try it: \`gatling elixir install ${version}-otp-${most}\`.`
        : 'For a newer Erlang: Debian 13 has OTP 27; mise and asdf install any; [build] path in gatling.toml names a folder with another Elixir and Erlang.'
    return {
      message: `${name}${asked} is made for Erlang/OTP ${range}. This machine has OTP ${machine}`,
      hint: `${take}${other}`,
    }
  },
)

export const elixirVersion = error(
  'ELIXIR_VERSION',
  'What to install is no version of Elixir that there are precompiled archives of.',
  (text: string) => ({
    message: `${JSON.stringify(text)} is no version of Elixir that could be installed`,
    hint: 'Name one from 1.14 on with three numbers, as 1.18.4; https://github.com/elixir-lang/elixir/releases has them all.',
    exitCode: 2,
  }),
)

export const elixirUnknown = error(
  'ELIXIR_UNKNOWN',
  'An Elixir was to be removed that Gatling did not install.',
  (text: string, installed: readonly string[]) => ({
    message: `Elixir ${text} is not one that Gatling installed`,
    hint: installed.length === 0 ? 'It has installed none.' : `Installed are: ${list(installed)}.`,
  }),
)

export const elixirUnreached = error(
  'ELIXIR_UNREACHED',
  'The archive of an Elixir, or its checksum, could not be read.',
  (url: string, reason: string, isNotThere: boolean) => ({
    message: `${url} could not be read: ${reason}. Nothing was installed`,
    hint: isNotThere
      ? 'See which versions there are, and for which OTP: https://github.com/elixir-lang/elixir/releases'
      : 'Try again. If this machine cannot reach that address, copy the archive and its checksum file here: `gatling elixir install VERSION --from FILE`; or name another address with --mirror.',
  }),
)

export const elixirUnchecked = error(
  'ELIXIR_UNCHECKED',
  'There is no checksum to compare the archive of an Elixir with.',
  (place: string, sums: string) => ({
    message: `there is no checksum for ${place}: none was found in ${sums}. Nothing was installed`,
    hint: 'Put the published checksum file beside it, or give its SHA-256 with --sha256.',
  }),
)

export const elixirChecksum = error(
  'ELIXIR_CHECKSUM',
  'The archive of an Elixir is not the one that its checksum is of.',
  (place: string, found: string, expected: string) => ({
    message: `${place} is not what was published: its SHA-256 is ${found}, and should be ${expected}. Nothing was installed`,
    hint: 'Try again; if that does not help, get it from elsewhere with --mirror or --from.',
  }),
)

export const elixirArchive = error(
  'ELIXIR_ARCHIVE',
  'The archive of an Elixir cannot be unpacked, or does not hold that Elixir.',
  (place: string, reason: string) => ({
    message: `${place} is no precompiled Elixir for this machine: ${reason}. Nothing was installed`,
    hint: 'Take an archive from https://github.com/elixir-lang/elixir/releases: elixir-otp-<the OTP of this machine>.zip.',
  }),
)

export const erlangMissing = error('ERLANG_MISSING', 'Erlang is not installed, or does not start.', () => ({
  message: 'no Erlang was found on this machine, or it does not start; every Elixir needs one',
  hint: 'Install it: on a server with `gatling setup --elixir`; on Debian and Ubuntu also with `apt-get install erlang-nox erlang-dev`.',
}))
