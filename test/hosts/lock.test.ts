import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { whileLocked } from '../../src/hosts/lock.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { root, run, until } from '../helpers/world.js'

const folder = temporaryFolders()

describe('a lock', () => {
  it('lets in one at a time, and the next one even after a failure', async () => {
    const file = join(folder(), 'locks', 'one')
    const order: string[] = []
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`)
      await new Promise(resolve => setTimeout(resolve, 50))
      order.push(`${name} ends`)
      if (name === 'b') throw new Error('no good')
    }
    const all = ['a', 'b', 'c'].map(name => whileLocked(file, work(name)))
    const ended = await Promise.allSettled(all)
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    for (let at = 0; at < order.length; at += 2)
      expect(order[at + 1]).toBe(order[at]?.replace('begins', 'ends'))
    expect(order).toHaveLength(6)
  })

  it('is free again when its process was killed', async () => {
    const file = join(folder(), 'lock')
    const module = pathToFileURL(join(root, 'dist', 'hosts', 'lock.js')).href
    const script = `const { whileLocked } = await import('${module}')
await whileLocked('${file}', async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) })`
    const killed = await run([process.execPath, '--input-type=module', '--eval', script])
    expect(killed.code).toBeNull()
    let isDone = false
    void whileLocked(file, async () => {
      isDone = true
    })
    await until(() => isDone, 'the lock', 20_000)
  })

  it('is reported when another process holds it for too long', async () => {
    const file = join(folder(), 'lock')
    const error = await whileLocked(file, () => failureOf(() => whileLocked(file, async () => {}, 1)))
    expect(error).toMatchObject({ code: 'LOCK_HELD', message: expect.stringContaining(file) })
  })

  it('is not reported as held when it cannot be made', async () => {
    const error = await failureOf(() => whileLocked(join(folder(), 'x'.repeat(300)), async () => {}))
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', message: expect.stringContaining('too long') })
  })
})
