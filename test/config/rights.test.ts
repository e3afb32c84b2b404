import { describe, expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.js'
import { codeKeysIn, commandOf, type Grant, mayDo, type Right } from '../../src/config/rights.js'

const everything: Grant = { apps: 'all', can: ['admin'] }
const shopAdmin: Grant = { apps: ['shop'], can: ['admin'] }
const deployer: Grant = { apps: ['shop'], can: ['deploy', 'logs'] }

describe('what a key may do', () => {
  it.each(['git-receive-pack', 'upgrade', 'rollback', 'logs', 'status'])('deploy,logs: %s', command => {
    expect(mayDo(deployer, 'shop', command)).toBe(true)
    expect(mayDo(deployer, 'blog', command)).toBe(false)
    expect(mayDo(deployer, null, command)).toBe(false)
  })

  it.each(['config', 'console', 'run', 'unload', 'keys', 'tls', 'load', 'setup', 'nonsense', ''])(
    'deploy,logs: not %s',
    command => {
      expect(mayDo(deployer, 'shop', command)).toBe(false)
    },
  )

  it('whoever may only look at the logs sees the releases, and pins none', () => {
    const reader: Grant = { apps: ['shop'], can: ['logs'] }
    expect(mayDo(reader, 'shop', commandOf(['releases', 'shop', '--json']))).toBe(true)
    for (const words of [['--pin', '3'], ['--unpin=3']]) {
      const command = commandOf(['releases', 'shop', ...words])
      expect(mayDo(reader, 'shop', command)).toBe(false)
      expect(mayDo(deployer, 'shop', command)).toBe(true)
      expect(mayDo(shopAdmin, 'shop', command)).toBe(true)
    }
  })

  it('an admin of one app may do all with it, and nothing to the server', () => {
    const known = createProgram().commands.map(command => command.name())
    expect(known).toContain('audit')
    const mine = ['git-receive-pack', ...known].filter(command => mayDo(shopAdmin, 'shop', command))
    expect(mine.sort()).toEqual([
      ...[
        'attach',
        'cancel',
        'config',
        'console',
        'deploy',
        'env',
        'git-receive-pack',
        'history',
        'logs',
        'plan',
      ],
      ...['redeploy', 'releases', 'retry', 'rollback', 'run', 'status', 'steps', 'unload', 'upgrade'],
    ])
    for (const command of known) {
      expect(mayDo(shopAdmin, null, command), command).toBe(false)
      expect(mayDo(shopAdmin, 'blog', command), command).toBe(false)
    }
  })

  it('an admin of the server may do everything', () => {
    for (const command of ['keys', 'load', 'status', 'unload', 'elixir'])
      expect(mayDo(everything, null, command)).toBe(true)
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
  ])('to set %s takes a right that means to run code, besides config', name => {
    const may = (...can: Right[]): boolean =>
      codeKeysIn({ apps: ['shop'], can }, ['config', 'set', 'shop', 'A=1', `${name}=x\ny=z`]).length === 0
    expect(may('config', 'logs')).toBe(false)
    expect([may('config', 'deploy'), may('config', 'console'), may('admin')]).toEqual([true, true, true])
    // Its value may be on standard input.
    expect(codeKeysIn({ apps: 'all', can: ['config'] }, ['config', 'set', '--', 'shop', name])).toEqual([
      name,
    ])
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
  ])('whoever may set config values may set %s', name => {
    expect(
      codeKeysIn({ apps: ['shop'], can: ['config'] }, ['config', 'set', 'shop', `${name}=LD_PRELOAD`]),
    ).toEqual([])
  })
})
