import { describe, expect, it } from 'vitest'
import { audited } from '../../src/access/audited.js'
import { commandFor } from '../../src/access/command.js'
import { commands } from '../../src/cli/table.js'

const sentinel = 's3nt1nel-value'
const said = (...argv: string[]) => audited(argv, commandFor(commands, argv), () => ['shop', 'blog'])

describe('the audit entry of a command line', () => {
  it.each([
    [['receive', 'shop'], 'push', 'shop', ''],
    [['upgrade', '--mode', 'swap', 'shop'], 'upgrade', 'shop', '--mode swap'],
    [['rollback', 'shop', '12', '--code-only'], 'rollback', 'shop', '12 --code-only'],
    [['retry', 'shop', '--from=mix_release'], 'retry', 'shop', '...'],
    [['releases', 'shop', '--pin', '3'], 'releases', 'shop', '--pin 3'],
    [['load', 'new_app', '--branch', 'main'], 'load', 'new_app', '--branch main'],
    [['console', 'shop'], 'console', 'shop', ''],
    [['run', 'shop', 'bin/shop', 'eval', sentinel], 'run', 'shop', 'bin/shop'],
    [['run', 'shop', '--', 'env', sentinel], 'run', 'shop', 'env'],
    [['config', 'set', 'shop', `A=${sentinel}`, '--public', 'B'], 'config set', 'shop', 'A B'],
    [['config', 'unset', 'shop', 'A', 'B'], 'config unset', 'shop', 'A B'],
    [['config', 'get', 'shop', 'A'], 'config get', 'shop', 'A'],
    // commander takes this for the same command.
    [['config', '--', 'get', 'shop', 'A'], 'config get', 'shop', 'get A'],
    [
      ['keys', 'add', '--app', 'shop', '--can', 'deploy,logs'],
      'keys add',
      null,
      '--app shop --can deploy,logs',
    ],
    [['keys', 'remove', 'laptop'], 'keys remove', null, 'laptop'],
    [['tls', 'enable', 'shop', '-e', 'a@example.com'], 'tls enable', 'shop', ''],
    [['unload', 'shop', '--yes'], 'unload', 'shop', ''],
    [['setup', '--elixir'], 'setup', null, ''],
    [
      ['elixir', 'install', '1.18.4', '--mirror', `https://jane:${sentinel}@example.com`],
      ...(['elixir install', null, '1.18.4'] as const),
    ],
    [['elixir', 'remove', '1.18.4'], 'elixir remove', null, '1.18.4'],
  ])('%j is recorded as %s', (argv, action, project, detail) => {
    expect(said(...argv)).toEqual({ action, project, detail })
  })

  it.each([
    [['status']],
    [['plan', 'shop']],
    [['releases', 'shop']],
    [['config', 'list', 'shop']],
    [['keys', 'list']],
    [['elixir', 'list']],
    [['rollback', 'shop', '--help']],
    [['setup', '--dry-run']],
    [['constructor', 'shop']],
    [[]],
  ])('is missing for %j, which changes nothing', argv => {
    expect(said(...argv)).toBeNull()
  })

  it.each([
    [['config', 'set', 'shop', `KEY=${sentinel}`]],
    [['config', 'set', 'shop', '--public', `KEY=${sentinel}`]],
    [['config', 'set', 'shop', `--KEY=${sentinel}`]],
    [['config', 'set', 'shop', `KEY=a\n${sentinel}=b`]],
    [['config', 'set', `KEY=${sentinel}`]],
    [['config', 'set', `KEY=${sentinel}`, 'shop']],
    [['config', `KEY=${sentinel}`, 'set', 'shop']],
    [['run', 'shop', `TOKEN=${sentinel}`, 'env']],
    [['run', 'shop', 'env', `TOKEN=${sentinel}`, '--help']],
    [['run', '--', 'shop', 'psql', `postgres://${sentinel}`]],
    [['console', 'shop', sentinel]],
    [['upgrade', 'shop', `TOKEN=${sentinel}`]],
    [['keys', 'add', `-----BEGIN PRIVATE KEY----- ${sentinel}`]],
    [['tls', 'enable', 'shop', '-e', sentinel]],
    [['receive', `x=${sentinel}`]],
  ])('never has the value in %j', argv => {
    expect(JSON.stringify(said(...argv)) ?? '').not.toContain(sentinel)
  })
})
