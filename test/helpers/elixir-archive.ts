import { createHash } from 'node:crypto'
import { strToU8, zipSync } from 'fflate'
import { placeOfProgram } from '../../src/hosts/programs.js'

/** Returns a script that prints this version, and otherwise runs the machine's own program. */
export const standIn = (name: 'elixir' | 'mix', version: string): string => `#!/bin/sh
if [ "$1" = --version ]; then
  echo "Elixir ${version} (compiled with Erlang/OTP 25)"
  exit
fi
exec ${placeOfProgram(name)} "$@"
`

/** Makes an archive in the layout of Elixir's precompiled ones. */
export const archiveOf = (version: string, more: Record<string, string> = {}): Buffer =>
  zipOf({
    'bin/elixir': standIn('elixir', version),
    'bin/mix': standIn('mix', version),
    'lib/elixir/ebin/elixir.app': `{application,elixir,[{vsn,"${version}"}]}.`,
    ...more,
  })

export const zipOf = (files: Record<string, string>): Buffer =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))))

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Returns a checksum as shasum(1) writes it. */
export const sumOf = (bytes: Buffer, name: string): string => `${sha256(bytes)}  ${name}\n`
