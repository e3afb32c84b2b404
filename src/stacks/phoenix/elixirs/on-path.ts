import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readIfThere } from '../../../hosts/files.js'
import { placeOfProgram } from '../../../hosts/programs.js'

/** Reads the version of the Elixir on a PATH from its files; null: there is none, or only a shim. */
export const elixirOn = (path: string | undefined): string | null => {
  const app = readBeside('elixir', path, '../lib/elixir/ebin/elixir.app')
  return /\{vsn,\s*"([^"]+)"\}/.exec(app ?? '')?.[1] ?? null
}

/** Reads the Erlang/OTP on a PATH from its files, such as 27; null: there is none, or only a shim. */
export const otpOn = (path: string | undefined): number | null => {
  // The file has two words: ERTS and OTP (Erlang, "Creating and Upgrading a Target System").
  const data = readBeside('erl', path, '../releases/start_erl.data')
  const otp = /^\S+\s+(\d+)/.exec(data ?? '')?.[1]
  return otp === undefined ? null : Number(otp)
}

const readBeside = (program: string, path: string | undefined, file: string): string | null => {
  const place = placeOfProgram(program, path)
  const real = place === null ? null : realpathSync(place)
  // The shims of mise are links to mise.
  return real === null || basename(real) !== program ? null : readIfThere(join(dirname(real), file))
}
