import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../helpers/world.js'

/** What belongs to one kind of app. */
const ofPhoenix = /\bmix\b|epmd|\bbeam\b|SECRET_KEY_BASE|\becto|elixir|erlang|RELEASE_(NODE|COOKIE)|PHX_/i

/** The files outside of the stack that speak of it anyway, and why. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'hooks can be written in Elixir, whatever the app is': [
    'hooks/elixir.ts',
    'hooks/files.ts',
    'templates/hook-file.ts',
  ],
  '`gatling elixir` and `setup --elixir` are commands of a server': [
    'cli/commands/elixir.ts',
    'cli/commands/setup.ts',
    'cli/error-reference.ts',
    'cli/help.ts',
    'cli/table.ts',
    'config/settings.ts',
    'core/elixir-version.ts',
    'server/setup.ts',
  ],
  'names on disk, of units and in the package do not change': [
    'commands/systemd.ts',
    'housekeeping/leftovers.ts',
    'server/program.ts',
    'state/paths.ts',
    'state/server.ts',
  ],
  'a list of all variables or programs of one kind is one list': [
    'access/code-keys.ts',
    'config/environment.ts',
    'doctor/server/services.ts',
  ],
}

const src = join(root, 'src')
/** Without comments. */
const codeOf = (file: string): string =>
  readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

describe('what belongs to Phoenix', () => {
  const speaking = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.startsWith('stacks/phoenix/'))
    .filter(file => ofPhoenix.test(codeOf(file)))
  const excepted = Object.values(reasons).flat()

  it('is named in its stack alone, except where there is a reason', () => {
    expect(speaking.filter(file => !excepted.includes(file))).toEqual([])
  })

  it('has no reason for a file that needs none', () => {
    expect(excepted.filter(file => !speaking.includes(file))).toEqual([])
  })
})
