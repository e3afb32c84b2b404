import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recover } from '../../src/deploy/clean-up.js'
import { processesWith } from '../../src/hosts/procfs.js'
import { writeApp } from '../../src/state/apps.js'
import { ownerOf } from '../../src/state/owner.js'
import { beginRun, claimRun, createRun, readRun, runMark } from '../../src/state/runs.js'
import { temporaryFolders } from '../helpers/folder.js'
import { until } from '../helpers/world.js'

const folder = temporaryFolders()
let home = ''
beforeEach(() => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
})

const left: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(left.splice(0).map(end => end())))

/** A run that has begun: by this process, or by one that is dead. */
const begun = (isAlive: boolean): number => {
  const revision = 'a'.repeat(40)
  const wanted = {
    task: 'push',
    revision,
    expected: null,
    branch: null,
    pusher: 'jane',
    subject: '',
  } as const
  const number = createRun(home, 'shop', wanted)
  const owner = ownerOf(process.pid)
  claimRun(home, 'shop', number, isAlive ? owner : { ...owner, started: '1' })
  beginRun(home, 'shop', number)
  return number
}

/** What a run has started, and has not ended. */
const leftBy = async (number: number): Promise<() => boolean> => {
  const mark = runMark(home, 'shop', number)
  const child = spawn('sleep', ['1000'], { env: { ...process.env, GATLING_RUN: mark }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  left.push(() => {
    child.kill('SIGKILL')
    return ended
  })
  await until(() => processesWith('GATLING_RUN', mark).length > 0, 'its environment')
  return () => processesWith('GATLING_RUN', mark).length > 0
}

describe('recovery', () => {
  it('records an interrupted run, and ends what it left', async () => {
    const number = begun(false)
    const runs = await leftBy(number)
    expect((await recover(home, 'shop')).map(run => run.number)).toEqual([number])
    expect(readRun(home, 'shop', number).result).toMatchObject({ outcome: 'interrupted' })
    await until(() => !runs(), 'its end', 5_000)
  })

  it('does nothing beside a deploy that runs, which does it itself', async () => {
    const interrupted = begun(false)
    const running = begun(true)
    const alive = [await leftBy(interrupted), await leftBy(running)]
    expect(await recover(home, 'shop')).toEqual([])
    expect(readRun(home, 'shop', interrupted).result).toBe(null)
    expect(alive.map(runs => runs())).toEqual([true, true])
  })
})
