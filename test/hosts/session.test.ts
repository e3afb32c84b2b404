import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/hosts/session.js'

describe('a session with a program', () => {
  it('gets answers until its input ends', async () => {
    const session = openSession({
      argv: ['sh', '-c', 'while read -r line; do echo "got $line"; done; exit 3'],
    })
    await session.ask('one\n', 'got one')
    await session.ask('two\n', 'got two')
    expect(await session.end()).toBe(3)
  })

  it('fails with the output of the program when that ends before it answers', async () => {
    const session = openSession({ argv: ['sh', '-c', 'read -r line; echo "no $line" >&2; exit 4'] })
    await expect(session.ask('one\n', 'got one')).rejects.toThrow('no one')
  })

  it('fails when the program cannot be started', async () => {
    await expect(openSession({ argv: ['/nowhere'] }).ask('one\n', 'one')).rejects.toThrow('/nowhere')
  })
})
