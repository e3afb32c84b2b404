import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { isAlive, ownerOf } from '../../src/state/owner.js'
import { temporaryFolders } from '../helpers/folder.js'
import { isGone, until } from '../helpers/world.js'

const folder = temporaryFolders()
let children: ChildProcess[] = []
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

const start = async (program: string, ...args: string[]) => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  return { child, pid: child.pid ?? 0 }
}

describe('an owner', () => {
  it('is alive while its process runs', async () => {
    const { child, pid } = await start('sleep', '60')
    const owner = ownerOf(pid)
    expect(isAlive(owner)).toBe(true)
    child.kill('SIGKILL')
    await new Promise(resolve => child.once('exit', resolve))
    expect(isAlive(owner)).toBe(false)
  })

  it('is not a later process with the same pid', () => {
    const owner = ownerOf(process.pid)
    expect(isAlive(owner)).toBe(true)
    expect(isAlive({ ...owner, started: String(Number(owner.started) - 1) })).toBe(false)
  })

  it('is not a process of another boot of the machine', () => {
    expect(isAlive({ ...ownerOf(process.pid), boot: 'another' })).toBe(false)
  })

  it('differs between processes', async () => {
    const { pid } = await start('sleep', '60')
    expect(ownerOf(pid)).not.toEqual(ownerOf(process.pid))
    expect(ownerOf(pid)).toEqual(ownerOf(pid))
  })

  it('does not exist for a zombie', async () => {
    const { child } = await start('sh', '-c', 'sleep 0 & echo $!; exec sleep 60')
    const pid = Number(await new Promise<string>(resolve => child.stdout?.once('data', resolve)))
    await until(() => isGone(pid), 'the child to end')
    expect(() => ownerOf(pid)).toThrow()
  })

  it('is recognised with any name of its program', async () => {
    const program = join(folder(), 'a) Z (b')
    copyFileSync('/bin/sleep', program)
    const { pid } = await start(program, '60')
    const plain = await start('sleep', '60')
    await until(() => isAlive(ownerOf(pid)), 'the program to run')
    const ticks = [Number(ownerOf(pid).started), Number(ownerOf(plain.pid).started)]
    expect(Math.abs((ticks[0] ?? 0) - (ticks[1] ?? 0))).toBeLessThan(1_000)
    expect(ticks[0]).toBeGreaterThan(0)
  })
})
