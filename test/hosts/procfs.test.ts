import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { childrenOf, killAll, processesWith, titleOf } from '../../src/hosts/procfs.js'
import { until } from '../helpers/world.js'

it('a process that keeps starting others is killed with them', async () => {
  const mark = `${process.pid}-${Date.now()}`
  const script = 'f() { sleep 1000 & }; while :; do f; sleep 0.005; done'
  const child = spawn('sh', ['-c', script], { env: { ...process.env, FORKS: mark }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const found = (): number[] => processesWith('FORKS', mark)
  await until(() => found().length > 20, 'the processes')
  let looks = 0
  // The first search takes long, so that new processes start before the kill.
  killAll(() => {
    const pids = found()
    const until = performance.now() + 50
    while (looks === 0 && performance.now() < until) {}
    looks++
    return pids
  })
  await ended
  await until(() => found().length === 0, 'all to be gone', 2_000)
  expect(looks).toBeGreaterThan(1)
})

it('a process is not found by the beginning of its mark', async () => {
  const mark = `shop:${process.pid}:1`
  const child = spawn('sleep', ['1000'], { env: { ...process.env, MARKED: `${mark}2` }, stdio: 'ignore' })
  await once(child, 'spawn')
  await until(() => processesWith('MARKED', `${mark}2`).length > 0, 'its environment')
  expect(processesWith('MARKED', mark)).toEqual([])
  expect(processesWith('MARKED', mark, false)).toEqual([child.pid])
  child.kill('SIGKILL')
  await once(child, 'exit')
})

it('a process has a title, and is among the children of its parent', async () => {
  const child = spawn('sleep', ['1000'])
  await once(child, 'spawn')
  await until(() => titleOf(child.pid ?? 0) === 'sleep 1000', 'its title')
  expect(childrenOf(process.pid)).toContain(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(titleOf(child.pid ?? 0)).toBe('')
  expect(childrenOf(child.pid ?? 0)).toEqual([])
})
