import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readIfThere } from '../../../hosts/files.js'
import { placeOfProgram } from '../../../hosts/programs.js'

/** The version of the Elixir that a PATH leads to, from its files; null: there is none, or what is there is a shim. */
export const elixirOn = (path: string | undefined): string | null => {
  const app = readBeside('elixir', path, '../lib/elixir/ebin/elixir.app')
  return /\{vsn,\s*"([^"]+)"\}/.exec(app ?? '')?.[1] ?? null
}

/** The Erlang/OTP that a PATH leads to, 27 for OTP 27, from its files; null: there is none, or what is there is a shim. */
export const otpOn = (path: string | undefined): number | null => {
  // `ERTS OTP` (Erlang, "Creating and Upgrading a Target System").
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
