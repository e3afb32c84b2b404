import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processesWith } from '../../src/hosts/procfs.js'
import { cleanUpAfter, recover } from '../../src/housekeeping/clean-up.js'
import { commitLive, writeApp } from '../../src/state/apps.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import { beginRun, claimRun, createRun, readRun, runMark } from '../../src/state/runs.js'
import { live } from '../helpers/env.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must, until } from '../helpers/world.js'

const folder = temporaryFolders()
let home = ''
beforeEach(() => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  mkdirSync(appPaths(home, 'shop').releases, { recursive: true })
})

const left: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(left.splice(0).map(end => end())))

/** Begins a run, owned by this process or by a dead one. */
const begun = (isAlive: boolean, push: Partial<Parameters<typeof createRun>[2]> = {}): number => {
  const revision = 'a'.repeat(40)
  const wanted = {
    task: 'push',
    revision,
    expected: null,
    branch: null,
    pusher: 'jane',
    subject: '',
  } as const
  const number = createRun(home, 'shop', { ...wanted, ...push })
  const owner = ownerOf(process.pid)
  claimRun(home, 'shop', number, isAlive ? owner : { ...owner, started: '1' })
  beginRun(home, 'shop', number)
  return number
}

/** Starts a program that a run leaves behind. @returns a function that tells whether it still runs. */
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
  it('records an interrupted run, and ends only the programs of that run', async () => {
    const number = begun(false)
    const runs = await leftBy(number)
    const other = await leftBy(10 * number)
    expect((await recover(home, 'shop')).map(run => run.number)).toEqual([number])
    expect(readRun(home, 'shop', number).result).toMatchObject({ outcome: 'interrupted' })
    await until(() => !runs(), 'its end', 5_000)
    expect(other()).toBe(true)
  })

  it('does nothing while a deploy runs, which recovers by itself', async () => {
    const interrupted = begun(false)
    const running = begun(true)
    const alive = [await leftBy(interrupted), await leftBy(running)]
    expect(await recover(home, 'shop')).toEqual([])
    expect(readRun(home, 'shop', interrupted).result).toBe(null)
    expect(alive.map(runs => runs())).toEqual([true, true])
  })
})

const commitOn = async (repository: string, ...parents: string[]): Promise<string> => {
  const git = ['git', '-C', repository, '-c', 'user.name=Jane', '-c', 'user.email=jane@example.com'] as const
  const tree = (await must([...git, 'hash-object', '-w', '-t', 'tree', '/dev/null'])).trim()
  const parent = parents.flatMap(one => ['-p', one])
  return (await must([...git, 'commit-tree', tree, ...parent, '-m', 'A change'])).trim()
}

/** Makes a checkout with what an interrupted deploy leaves in it. */
const checkedOut = (): { readonly lock: string; readonly built: string } => {
  const { build, repository } = appPaths(home, 'shop')
  const lock = join(repository, 'worktrees', 'build', 'index.lock')
  const built = join(build, '_build', 'app')
  for (const path of [lock, built]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
  }
  return { lock, built }
}

describe('the next deploy', () => {
  it('moves the branch only for a push that was interrupted after its commit', async () => {
    const { repository } = appPaths(home, 'shop')
    await must(['git', 'init', '-q', '--bare', repository])
    const before = await commitOn(repository)
    const after = await commitOn(repository, before)
    const tip = async () => (await must(['git', '-C', repository, 'rev-parse', 'refs/heads/main'])).trim()
    await must(['git', '-C', repository, 'update-ref', 'refs/heads/main', before])
    const push = { branch: 'main', expected: before, revision: after }
    const lost = begun(false, push)
    await cleanUpAfter(home, 'shop', [readRun(home, 'shop', lost)], () => {})
    expect(await tip()).toBe(before)
    const committed = begun(false, push)
    commitLive(home, 'shop', { ...live, release: committed })
    await cleanUpAfter(home, 'shop', [readRun(home, 'shop', committed)], () => {})
    expect(await tip()).toBe(after)
  })

  it('keeps the build of an interrupted one, and removes its git lock', async () => {
    const { lock, built } = checkedOut()
    await cleanUpAfter(home, 'shop', [readRun(home, 'shop', begun(false))], () => {})
    expect([existsSync(lock), existsSync(built)]).toEqual([false, true])
  })

  it('builds from scratch when the machine went down during the last one', async () => {
    const { built } = checkedOut()
    const number = begun(false)
    const path = join(appPaths(home, 'shop').runs, String(number), 'request.json')
    const request = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...request, asker: { ...request.asker, boot: 'another' } }))
    await cleanUpAfter(home, 'shop', [readRun(home, 'shop', number)], () => {})
    expect(existsSync(built)).toBe(false)
  })

  it('finds the link to the live release, even if somebody removed it', async () => {
    commitLive(home, 'shop', { ...live, release: 1 })
    const { current } = appPaths(home, 'shop')
    rmSync(current)
    begun(false)
    await recover(home, 'shop')
    expect(readlinkSync(current)).toBe('releases/1')
  })
})
