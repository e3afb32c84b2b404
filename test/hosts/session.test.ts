import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/hosts/session.js'

describe('a program that is spoken with', () => {
  it('answers until its input ends', async () => {
    const session = openSession({
      argv: ['sh', '-c', 'while read -r line; do echo "got $line"; done; exit 3'],
    })
    await session.ask('one\n', 'got one')
    await session.ask('two\n', 'got two')
    expect(await session.end()).toBe(3)
  })

  it('is reported with what it wrote when it ends before it answers', async () => {
    const session = openSession({ argv: ['sh', '-c', 'read -r line; echo "no $line" >&2; exit 4'] })
    await expect(session.ask('one\n', 'got one')).rejects.toThrow('no one')
  })

  it('is reported when it cannot be started', async () => {
    await expect(openSession({ argv: ['/nowhere'] }).ask('one\n', 'one')).rejects.toThrow('/nowhere')
  })
})
