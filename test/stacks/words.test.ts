import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../helpers/world.js'

/** Words that belong to Phoenix apps. */
const ofPhoenix = /\bmix\b|epmd|\bbeam\b|SECRET_KEY_BASE|\becto|elixir|erlang|RELEASE_(NODE|COOKIE)|PHX_/i

/** The files outside of the stack that use these words anyway, by the reason. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'hooks of every kind of app can be written in Elixir': [
    'hooks/elixir.ts',
    'hooks/files.ts',
    'templates/hook-file.ts',
  ],
  '`gatling elixir` and `setup --elixir` are commands of a server': [
    'cli/commands/elixir.ts',
    'cli/commands/nodes.ts',
    'cli/commands/setup.ts',
    'cli/error-reference.ts',
    'cli/help.ts',
    'cli/table.ts',
    'config/settings.ts',
    'core/elixir-version.ts',
    'fleet/add.ts',
    'fleet/install.ts',
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
/** Returns the code of a file without its comments. */
const codeOf = (file: string): string =>
  readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

describe('words of Phoenix', () => {
  const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.startsWith('stacks/phoenix/'))
    .filter(file => ofPhoenix.test(codeOf(file)))
  const excepted = Object.values(reasons).flat()

  it('are only in its stack, except for a reason', () => {
    expect(found.filter(file => !excepted.includes(file))).toEqual([])
  })

  it('are in every file that has a reason', () => {
    expect(excepted.filter(file => !found.includes(file))).toEqual([])
  })
})
