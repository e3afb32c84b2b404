import { describe, expect, it } from 'vitest'
import { commandOf, type Grant, mayDo } from '../../src/config/rights.js'

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
    for (const command of ['git-receive-pack', 'config', 'console', 'unload'])
      expect(mayDo(shopAdmin, 'shop', command)).toBe(true)
    for (const command of ['keys', 'load', 'doctor', 'tls', 'setup', 'teardown', 'elixir'])
      expect(mayDo(shopAdmin, 'shop', command)).toBe(false)
    expect(mayDo(shopAdmin, null, 'status')).toBe(false)
  })

  it('an admin of the server may do everything', () => {
    for (const command of ['keys', 'load', 'status', 'unload', 'elixir'])
      expect(mayDo(everything, null, command)).toBe(true)
  })
})
