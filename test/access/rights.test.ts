import { describe, expect, it } from 'vitest'
import { calledAs, commandFor, familyOf, gitServices, mayRun } from '../../src/access/command.js'
import { codeKeysIn, type Grant, mayDo, type Right } from '../../src/access/rights.js'
import { createProgram } from '../../src/cli/program.js'
import { commands } from '../../src/cli/table.js'
import { commandUnknown } from '../../src/server/errors.js'

const everything: Grant = { apps: 'all', can: ['admin'] }
const shopAdmin: Grant = { apps: ['shop'], can: ['admin'] }
const deployer: Grant = { apps: ['shop'], can: ['deploy', 'logs'] }
const reader: Grant = { apps: ['shop'], can: ['logs'] }
const of = (grant: Grant, project: string | null, ...argv: readonly string[]): boolean =>
  mayRun(grant, project, commandFor(commands, argv) ?? { right: null })
const named = (may: (name: string) => boolean): string[] => commands.map(({ name }) => name).filter(may)

const redis = ['redis cli', 'redis create', 'redis destroy', 'redis info']

describe('the rights of a key', () => {
  it.each(['upgrade', 'rollback', 'logs', 'status'])('deploy and logs allow %s', command => {
    expect(of(deployer, 'shop', command)).toBe(true)
    expect(of(deployer, 'blog', command)).toBe(false)
    expect(of(deployer, null, command)).toBe(false)
  })

  it.each([
    'config set',
    'config',
    'console',
    'run',
    'unload',
    'keys list',
    'tls enable',
    'load',
    'setup',
    'x',
    '',
  ])('deploy and logs do not allow %s', command => {
    expect(of(deployer, 'shop', ...command.split(' '))).toBe(false)
  })

  it('deploy allows pushes and fetches, and logs allows neither', () => {
    for (const { right } of Object.values(gitServices)) {
      expect(mayDo(deployer, 'shop', right)).toBe(true)
      expect(mayDo(deployer, 'blog', right)).toBe(false)
      expect(mayDo(reader, 'shop', right)).toBe(false)
    }
  })

  it('logs allows listing the releases, but not pinning one', () => {
    expect(of(reader, 'shop', 'releases', 'shop', '--json')).toBe(true)
    for (const words of [['--pin', '3'], ['--unpin=3']]) {
      const argv = ['releases', 'shop', ...words]
      expect(of(reader, 'shop', ...argv)).toBe(false)
      expect(of(deployer, 'shop', ...argv)).toBe(true)
      expect(of(shopAdmin, 'shop', ...argv)).toBe(true)
      const command = commandFor(commands, argv)
      expect(command && calledAs(command)).toBe('releases --pin')
    }
  })

  it('logs allows a dry run of a rollback, but no rollback', () => {
    const may = (...argv: readonly string[]): boolean => of(reader, 'shop', 'rollback', 'shop', ...argv)
    expect(may('3', '--dry-run')).toBe(true)
    expect(may('--dry-run', '--json')).toBe(true)
    // The command does not read these as the option.
    for (const argv of [['3'], ['3', '--', '--dry-run'], ['--dry-run3'], ['3', '--mode=--dry-run']])
      expect(may(...argv), argv.join(' ')).toBe(false)
    const command = commandFor(commands, ['rollback', 'shop', '--dry-run'])
    expect(command).toMatchObject({ runsAs: 'app', audit: null })
  })

  it.each([
    ['rollback', 'shop', '3', '--mode', '--dry-run'],
    ['rollback', 'shop', '3', '-m', '--dry-run'],
    ['rollback', 'shop', '3', '--dry-run=no'],
    ['rollback', 'shop', '3', '4', '--dry-run'],
  ])('a rollback that only looks like a dry run does not run: %j', async (...argv) => {
    const program = createProgram('rollback')
    for (const one of [program, ...program.commands])
      one.exitOverride().configureOutput({ writeErr: () => {} })
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toThrow(/^error: /)
  })

  it('db promote --release needs both db and deploy', () => {
    const argv = ['db', 'promote', 'shop', 'r1', '--release', '11']
    const may = (can: readonly Right[]): boolean => of({ apps: ['shop'], can }, 'shop', ...argv)
    expect([['db'], ['deploy'], ['db', 'deploy'], ['admin']].map(can => may(can as Right[]))).toEqual([
      ...[false, false, true, true],
    ])
    expect(of({ apps: ['shop'], can: ['db'] }, 'shop', 'db', 'promote', 'shop', 'r1')).toBe(true)
  })

  it('an admin of one app can do everything to it, nothing to the server', () => {
    expect(named(name => of(shopAdmin, 'shop', ...name.split(' '))).sort()).toEqual([
      ...[
        'attach',
        'cancel',
        'compare',
        'config get',
        'config list',
        'config set',
        'config unset',
        'console',
        ...[
          'db backup',
          'db backups',
          'db clone',
          'db create',
          'db destroy',
          'db info',
          'db promote',
          'db psql',
          'db restore',
        ],
        ...['db rotate', 'db upgrade', 'db url', 'db verify'],
        'deploy',
        'env',
      ],
      ...[
        'history',
        'logs',
        'metrics',
        'plan',
        'redeploy',
        ...redis,
        'releases',
        'retry',
        'rollback',
        'run',
        'scale',
        'status',
        'steps',
        'top',
      ],
      ...['unload', 'upgrade'],
    ])
    for (const project of [null, 'blog'])
      expect(named(name => of(shopAdmin, project, ...name.split(' ')))).toEqual([])
  })

  const looks = ['attach', 'compare', 'history', 'metrics', 'releases', 'status', 'top']
  it.each<[Right, readonly string[]]>([
    [
      'deploy',
      [
        ...['cancel', 'deploy', 'env', 'plan', 'redeploy', 'retry', 'rollback', 'scale', 'steps', 'upgrade'],
        ...looks,
      ],
    ],
    ['logs', ['logs', 'db backups', 'db info', 'redis info', ...looks]],
    [
      'db',
      [
        ...[
          'db backup',
          'db backups',
          'db clone',
          'db create',
          'db destroy',
          'db info',
          'db promote',
          'db psql',
        ],
        ...['db restore', 'db rotate', 'db upgrade', 'db url', 'db verify'],
        ...redis,
      ],
    ],
    ['config', ['config get', 'config list', 'config set', 'config unset']],
    ['console', ['console', 'run']],
    [
      'node',
      [
        'node adopt',
        'node bring',
        'node decide',
        'node equip',
        'node facts',
        'node follow',
        'node know',
        'node logs',
        'node open',
        'node receive',
        'node runs',
        'node seats',
        'node share',
        'node shared',
        'node unshare',
      ],
    ],
  ])('%s alone allows exactly its own commands, on one app or on all', (right, names) => {
    for (const apps of ['all', ['shop']] as const) {
      const may = named(name => of({ apps, can: [right] }, 'shop', ...name.split(' ')))
      expect(may.sort()).toEqual([...names].sort())
    }
  })

  it('an admin of the server may run exactly what a key can ask for', () => {
    const refused = named(name => !of(everything, null, ...name.split(' ')))
    const isForNodes = ({ right }: (typeof commands)[number]): boolean =>
      Array.isArray(right) && right.includes('node')
    expect(refused).toEqual(
      commands.filter(row => row.right === null || isForNodes(row)).map(({ name }) => name),
    )
    for (const name of [
      'setup',
      'teardown',
      'receive',
      'perform',
      'run-handed',
      'recover',
      'door',
      'converge',
    ])
      expect(refused).toContain(name)
  })

  it('root runs for a key only commands that run no code of an app', () => {
    const ofRoot = commands.filter(({ runsAs, right }) => runsAs === 'root' && right !== null)
    expect([...new Set(ofRoot.map(({ name }) => name.split(' ')[0]))].sort()).toEqual([
      ...[
        'audit',
        'config',
        'db',
        'doctor',
        'elixir',
        'keys',
        'load',
        'logs',
        'metrics',
        'node',
        'nodes',
        'redis',
        'scale',
        'status',
        'tls',
      ],
      'top',
    ])
    // Every other command that a key can ask for runs as the user of the app.
    for (const { name, runsAs, right } of commands)
      if (right !== null) expect(['app', 'root'], name).toContain(runsAs)
  })

  it('the first word of a two-word command is not a command', () => {
    for (const argv of [['config'], ['keys', '--name', 'x'], ['tls', 'shop']])
      expect(commandFor(commands, argv)).toBeNull()
    expect(commandFor(commands, ['keys', '--', 'add', 'x'])?.name).toBe('keys add')
  })

  it('an error lists the second words when the second word is missing', () => {
    expect(commandUnknown('config', familyOf(commands, 'config')).message).toBe(
      '`gatling config` needs a second word: set, unset, get, list. Nothing was run',
    )
    expect(commandUnknown('cofnig', familyOf(commands, 'cofnig')).message).toBe(
      'there is no command `gatling cofnig`. Nothing was run',
    )
    expect(familyOf(commands, 'status')).toEqual([])
  })

  it.each([
    ...[
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'ERL_AFLAGS',
      'ERL_ZFLAGS',
      'ERL_FLAGS',
      'ERL_LIBS',
      'ELIXIR_ERL_OPTIONS',
    ],
    ...[
      'NODE_OPTIONS',
      'NODE_PATH',
      'npm_config_script_shell',
      'GIT_SSH_COMMAND',
      'GIT_CONFIG_COUNT',
      'BASH_ENV',
    ],
    ...[
      'ENV',
      'MIX_HOME',
      'MIX_ESBUILD_PATH',
      'HEX_MIRROR',
      'CC',
      'PAGER',
      'PERL5OPT',
      'OPENSSL_CONF',
      'XDG_CONFIG_HOME',
    ],
  ])('setting %s needs config and a right to run code', name => {
    const may = (...can: Right[]): boolean =>
      codeKeysIn({ apps: ['shop'], can }, ['config', 'set', 'shop', 'A=1', `${name}=x\ny=z`]).length === 0
    expect(may('config', 'logs')).toBe(false)
    expect([may('config', 'deploy'), may('config', 'console'), may('admin')]).toEqual([true, true, true])
    // Its value can be on standard input.
    expect(codeKeysIn({ apps: 'all', can: ['config'] }, ['config', 'set', '--', 'shop', name])).toEqual([
      name,
    ])
    expect(codeKeysIn({ apps: 'all', can: ['config'] }, ['config', '--public', 'set', 'shop', name])).toEqual(
      [name],
    )
    expect(codeKeysIn({ apps: 'all', can: ['config'] }, ['config', 'get', 'shop', name])).toEqual([])
  })

  it.each([
    'DATABASE_URL',
    'SECRET_KEY_BASE',
    'POOL_SIZE',
    'PHX_HOST',
    'NODE_ENV',
    'ENVIRONMENT',
    'CCTV',
    'LANG',
  ])('setting %s needs only config', name => {
    expect(
      codeKeysIn({ apps: ['shop'], can: ['config'] }, ['config', 'set', 'shop', `${name}=LD_PRELOAD`]),
    ).toEqual([])
  })
})
