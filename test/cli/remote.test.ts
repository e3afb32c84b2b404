import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandFor } from '../../src/access/command.js'
import { addressOfServer } from '../../src/cli/address.js'
import { parseRemote } from '../../src/cli/git-remote.js'
import { withInput, withProject } from '../../src/cli/remote.js'
import { commands } from '../../src/cli/table.js'
import { temporaryFolders } from '../helpers/folder.js'
import { bin, run } from '../helpers/world.js'

const folder = temporaryFolders()
const askedOf = (argv: readonly string[]) => {
  const command = commandFor(commands, argv)
  if (command === null) throw new Error(`there is no command ${argv.join(' ')}`)
  return command
}

describe('the address of a server', () => {
  it.each([
    ['gatling@example.com:shop', 'gatling@example.com', null],
    ['gatling@example.com:/shop.git', 'gatling@example.com', null],
    ['ssh://gatling@example.com/shop', 'gatling@example.com', null],
    ['ssh://gatling@example.com:2222/shop.git', 'gatling@example.com', '2222'],
  ])('is found in %s', (url, destination, port) => {
    expect(parseRemote(url)).toEqual({ destination, port, project: 'shop' })
  })

  it.each([
    '',
    '/srv/shop.git',
    './shop',
    'https://github.com/jane/shop.git',
    'git@github.com:jane/shop.git',
    'ssh://-oProxyCommand=id/shop',
    '-oProxyCommand=id@x:shop',
    'gatling@x:../shop',
  ])('is not found in %j', url => {
    expect(parseRemote(url)).toBeNull()
  })
})

it.each([
  [
    ['logs', '-f'],
    ['logs', 'shop', '-f'],
  ],
  [
    ['logs', 'shop', '-f'],
    ['logs', 'shop', '-f'],
  ],
  [['status'], ['status', 'shop']],
  [
    ['config', 'set', 'A=b'],
    ['config', 'set', 'shop', 'A=b'],
  ],
  [
    ['tls', 'enable', '--email', 'x'],
    ['tls', 'enable', 'shop', '--email', 'x'],
  ],
  [
    ['plan', 'try'],
    ['plan', 'shop', 'try'],
  ],
  [
    ['keys', 'list'],
    ['keys', 'list'],
  ],
  [['doctor'], ['doctor']],
  [
    ['steps', 'upgrade'],
    ['steps', 'upgrade', '--project', 'shop'],
  ],
  [
    ['elixir', 'install', '1.18.4'],
    ['elixir', 'install', '1.18.4'],
  ],
])('%j goes to the server as %j', (argv, expected) => {
  expect(withProject(argv, askedOf(argv), 'shop')).toEqual(expected)
})

it('a server takes its address from the ssh connection', () => {
  const before = process.env['SSH_CONNECTION']
  process.env['SSH_CONNECTION'] = '192.0.2.7 51234 198.51.100.2 22'
  expect(addressOfServer()).toBe('198.51.100.2')
  delete process.env['SSH_CONNECTION']
  expect(addressOfServer()).toBe(hostname())
  if (before !== undefined) process.env['SSH_CONNECTION'] = before
})

describe('on a laptop', () => {
  /** Makes an app's folder, and an ssh that writes down its arguments. */
  const laptop = async (url: string) => {
    const home = folder()
    const asked = join(home, 'asked')
    writeFileSync(
      join(home, 'ssh'),
      `#!${process.execPath}\nrequire('fs').writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)))\nprocess.exit(7)\n`,
    )
    chmodSync(join(home, 'ssh'), 0o755)
    const git = (...argv: string[]) => run(['git', ...argv], { cwd: home })
    await git('init', '-q')
    await git('remote', 'add', 'production', url)
    const { GATLING_HOME: _, ...rest } = process.env
    const gatling = (...argv: string[]) =>
      run(['env', '-u', 'GATLING_HOME', process.execPath, bin, ...argv], {
        cwd: home,
        env: { ...rest, PATH: `${home}:${process.env['PATH']}`, NO_COLOR: '1' },
      })
    return { gatling, git, asked: () => JSON.parse(readFileSync(asked, 'utf8')) as string[] }
  }

  it('a command runs on the server, and its exit code comes back', async () => {
    const { gatling, asked } = await laptop('ssh://gatling@example.com:2222/shop')
    expect((await gatling('config', 'set', "A=it's; $(id)")).code).toBe(7)
    expect(asked()).toEqual([
      ...['-p', '2222', '-T', '--', 'gatling@example.com'],
      `gatling 'config' 'set' 'shop' 'A=it'\\''s; $(id)'`,
    ])
  })

  it('gatling calls ssh with the options that git has for it', async () => {
    const { gatling, asked, git } = await laptop('gatling@example.com:shop')
    await git('config', 'core.sshCommand', 'ssh -i "my key" -F none')
    expect((await gatling('status')).code).toBe(7)
    expect(asked()).toEqual([
      ...['-i', 'my key', '-F', 'none', '-T', '--', 'gatling@example.com'],
      `gatling 'status' 'shop'`,
    ])
  })

  it('a command that no key can ask for runs on the laptop', async () => {
    const { gatling, asked } = await laptop('gatling@example.com:shop')
    expect((await gatling('serve', '--port', 'http')).code).toBe(2)
    expect((await gatling('config')).text).toContain('Usage: gatling config')
    expect(asked).toThrow('ENOENT')
  })

  it('help is printed on the laptop', async () => {
    const { gatling } = await laptop('gatling@example.com:shop')
    expect((await gatling('--help')).stdout).toContain('Usage: gatling')
    expect((await gatling('logs', '--help')).stdout).toContain('Usage: gatling logs')
  })

  it('an unknown remote is refused', async () => {
    const { gatling } = await laptop('/srv/shop.git')
    const refused = await gatling('--remote', 'staging', 'status')
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('REMOTE_UNKNOWN')
  })
})

describe('a file of the laptop that an option names', () => {
  it.each([
    [['db', 'clone', 'staging', '--sanitize', 'clean.sql', '--replace'], 'clean.sql'],
    [['db', 'clone', 'staging', '--sanitize=clean.sql', '--replace'], 'clean.sql'],
    [['db', 'clone', 'staging', '--sanitize', '-', '--replace'], null],
  ])('goes to the server as standard input: %j', (argv, input) => {
    const words = ['db', 'clone', 'staging', '--sanitize', '-', '--replace']
    expect(withInput(argv, askedOf(argv))).toEqual({ words, input })
  })

  it('is not sent by other commands', () => {
    const argv = ['db', 'psql', '--sanitize', 'clean.sql']
    expect(withInput(argv, askedOf(argv))).toEqual({ words: argv, input: null })
    expect(withInput(['db', 'clone', 'staging'], askedOf(['db', 'clone']))).toMatchObject({ input: null })
  })
})
