import { beforeEach, describe, expect, it } from 'vitest'
import { initBare } from '../../src/commands/git.js'
import type { AskedTask } from '../../src/core/env.js'
import { cancelled } from '../../src/deploy/errors.js'
import { runCommand } from '../../src/hosts/capture.js'
import { givesWay, waitForTurn } from '../../src/runs/turn.js'
import { writeApp } from '../../src/state/apps.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import {
  beginRun,
  claimRun,
  createRun,
  finishRun,
  noteSpawned,
  type Run,
  type RunRequest,
} from '../../src/state/runs.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const folder = temporaryFolders()
const never = new AbortController().signal
const ignore = (): void => {}

let home = ''
beforeEach(async () => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  await runCommand(initBare(appPaths(home, 'shop').repository))
})

const defaults = { task: 'push', mode: null, release: null, expected: '', branch: 'main' } as const
const ask = (wanted: Partial<RunRequest>): number => {
  const number = createRun(home, 'shop', {
    ...defaults,
    pusher: 'jane',
    subject: '',
    revision: '',
    ...wanted,
  })
  claimRun(home, 'shop', number, ownerOf(process.pid))
  return number
}

const commit = async (...parents: readonly string[]): Promise<string> => {
  const { repository } = appPaths(home, 'shop')
  const git = ['git', '-c', 'user.name=Jane', '-c', 'user.email=j@example.com', '-C', repository] as const
  const tree = (await run([...git, 'hash-object', '-w', '-t', 'tree', '/dev/null'])).stdout.trim()
  const from = parents.flatMap(parent => ['-p', parent])
  return (await run([...git, 'commit-tree', tree, ...from, '-m', `${Math.random()}`])).stdout.trim()
}

describe('a push that waits', () => {
  const waiting = async (ours: string, theirs: string) => {
    beginRun(home, 'shop', ask({}))
    const number = ask({ revision: ours })
    ask({ revision: theirs })
    return failureOf(() => waitForTurn(home, 'shop', number, ignore, never))
  }

  it('has nothing to do if the newer push includes it', async () => {
    const ours = await commit()
    const theirs = await commit(ours)
    const { code, message, hint } = await waiting(ours, theirs)
    expect(code).toBe('SUPERSEDED')
    expect(message).toContain(`the newer push 3 of ${theirs.slice(0, 7)} took its place`)
    expect(hint).toContain('Nothing to do')
  })

  it('gives way even if no run is before it', async () => {
    const ours = await commit()
    const number = ask({ revision: ours })
    ask({ revision: await commit(ours) })
    expect((await failureOf(() => waitForTurn(home, 'shop', number, ignore, never))).code).toBe('SUPERSEDED')
  })

  it('gets the hint to pull if the newer push does not include it', async () => {
    const before = await commit()
    const { hint } = await waiting(await commit(before), await commit(before))
    expect(hint).toContain('does not include this commit')
    expect(hint).toContain('pull and push again after push 3 has ended')
  })
})

it('a run waits for the running one, not for others that wait', async () => {
  beginRun(home, 'shop', ask({}))
  ask({ task: 'rollback' })
  const behind: number[] = []
  const stop = new AbortController()
  const told = (run: Run): void => {
    behind.push(run.number)
    stop.abort(cancelled('jane', 'plan', 'shop'))
  }
  await failureOf(() => waitForTurn(home, 'shop', ask({ task: 'plan' }), told, stop.signal))
  expect(behind).toEqual([1])
})

it('a run continues only after the run before it has ended', async () => {
  const first = ask({})
  beginRun(home, 'shop', first)
  const order: string[] = []
  const end = (): void => {
    order.push('ended')
    const nothing = { mode: null, step: null, error: null, steps: [], ms: 1, at: '' }
    finishRun(home, 'shop', first, { ...nothing, outcome: 'ok' })
  }
  const told = (): void => {
    order.push('waits')
    setImmediate(end)
  }
  await waitForTurn(home, 'shop', ask({ task: 'plan' }), told, never)
  order.push('goes on')
  expect(order).toEqual(['waits', 'ended', 'goes on'])
})

describe('an earlier run that was interrupted', () => {
  const nobody = { ...ownerOf(process.pid), started: '1' }

  it('keeps no run waiting, and is returned for cleanup', async () => {
    const killed = createRun(home, 'shop', { ...defaults, pusher: 'jane', subject: '', revision: '' })
    claimRun(home, 'shop', killed, nobody)
    beginRun(home, 'shop', killed)
    const found = await waitForTurn(home, 'shop', ask({ task: 'plan' }), ignore, never)
    expect(found.map(({ number }) => number)).toEqual([killed])
  })

  it('cannot begin late if nobody had claimed it', async () => {
    const lost = createRun(home, 'shop', { ...defaults, pusher: 'jane', subject: '', revision: '' })
    noteSpawned(home, 'shop', lost, 2 ** 22 - 1)
    await waitForTurn(home, 'shop', ask({ task: 'plan' }), ignore, never)
    expect(claimRun(home, 'shop', lost, ownerOf(process.pid))).toBe(false)
  })
})

describe('a waiting run', () => {
  const of = (task: AskedTask, moves = false) => ({ task, expected: moves ? 'a'.repeat(40) : null })

  it.each([
    ['a push', 'a newer push', true, of('push', true), of('push', true)],
    ['a push', 'an upgrade to the same branch', false, of('push', true), of('upgrade')],
    ['a push', 'a first deploy', false, of('push', true), of('deploy', true)],
    ['a push', 'a redeploy that no push asked for', false, of('push', true), of('push')],
    ['a push', 'a rollback', true, of('push', true), of('rollback')],
    ['a push', 'a plan', false, of('push', true), of('plan')],
    ['an upgrade', 'a push', true, of('upgrade'), of('push', true)],
    ['an upgrade', 'a newer upgrade', true, of('upgrade'), of('upgrade')],
    ['a rollback', 'a push', false, of('rollback'), of('push', true)],
    ['a rollback', 'an unload', true, of('rollback'), of('unload')],
    ['an unload', 'a rollback', false, of('unload'), of('rollback')],
    ['an unload', 'a push', false, of('unload'), of('push', true)],
    ['a plan', 'a push', false, of('plan'), of('push', true)],
  ] as const)('%s gives way to %s: %s', (_, __, gives, older, newer) => {
    expect(givesWay(older, newer)).toBe(gives)
  })
})
