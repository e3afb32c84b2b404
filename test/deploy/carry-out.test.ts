import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initBare } from '../../src/commands/git.js'
import type { AskedTask } from '../../src/core/env.js'
import type { EventBody } from '../../src/core/event.js'
import { carryOut } from '../../src/deploy/carry-out.js'
import { runCommand } from '../../src/hosts/capture.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { performRun } from '../../src/runs/job.js'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import { commitLive, listReleases, writeApp } from '../../src/state/apps.js'
import { digestOf, markBad } from '../../src/state/bad.js'
import { newConfig, writeConfig } from '../../src/state/config.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths, homePaths } from '../../src/state/paths.js'
import { beginRun, claimRun, createRun, type Run, readRun } from '../../src/state/runs.js'
import { manifestPath } from '../../src/templates/manifest.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { unusedRuntime } from '../helpers/runtime.js'
import { run, until } from '../helpers/world.js'

const folder = temporaryFolders()

/** A home with an app, and a keeper that only gives a lease. */
let home = ''
let server: Server
let leasesLost = 0
const config = newConfig(rules)
beforeEach(async () => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  writeConfig(home, 'shop', config)
  leasesLost = 0
  server = await listenAsKeeper({
    listen: homePaths(home).socket,
    services: unusedRuntime.services,
    proxy: unusedRuntime.proxy,
    apps: null,
    only: null,
    beforeLease: async () => {},
    onLeaseLost: () => {
      leasesLost++
    },
  })
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const identity = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com']

const release = (number: number): void => {
  const path = join(appPaths(home, 'shop').releases, String(number))
  mkdirSync(path, { recursive: true })
  writeFileSync(manifestPath(path), JSON.stringify({ ...manifest, revision: String(number).repeat(40) }))
}
const manifest = { release_name: 'shop', version: '1.0.0', host_name: 'shop.localhost' }

const ask = (wanted: Partial<Parameters<typeof createRun>[2]>): number =>
  createRun(home, 'shop', {
    ...{
      task: 'push',
      revision: 'a'.repeat(40),
      expected: null,
      branch: 'main',
      pusher: 'jane',
      subject: '',
    },
    ...wanted,
  })

/** Makes a run whose process is dead. */
const dead = (number: number): Run => {
  claimRun(home, 'shop', number, { ...ownerOf(process.pid), started: '1' })
  beginRun(home, 'shop', number)
  return readRun(home, 'shop', number)
}

const carriedOut = async (number: number, interrupted: readonly Run[] = []) => {
  const events: EventBody[] = []
  const error = await failureOf(() =>
    carryOut({
      home,
      project: 'shop',
      number,
      request: readRun(home, 'shop', number).request,
      interrupted,
      equip: () => process.env,
      emit: event => events.push(event),
      signal: new AbortController().signal,
      mask: text => text,
    }),
  )
  return { error, events }
}

/** Makes a repository with two unrelated commits. Its branch has the newer one. */
const repository = async () => {
  const { repository } = appPaths(home, 'shop')
  const git = (...args: string[]) => run(['git', '-C', repository, ...identity, ...args])
  await runCommand(initBare(repository))
  const tree = (await git('hash-object', '-w', '-t', 'tree', '/dev/null')).stdout.trim()
  const [old = '', tip = ''] = await Promise.all(
    ['Old', 'New'].map(async subject => (await git('commit-tree', tree, '-m', subject)).stdout.trim()),
  )
  await git('update-ref', 'refs/heads/main', tip)
  return { old, tip }
}

describe('a run that cannot succeed', () => {
  it.each<[AskedTask, boolean, string]>([
    ['deploy', true, 'ALREADY_DEPLOYED'],
    ['upgrade', false, 'NOT_DEPLOYED'],
    ['rollback', false, 'NOT_DEPLOYED'],
    ['plan', false, 'NOT_DEPLOYED'],
  ])('is a %s with a live release (%s): %s', async (task, isLive, code) => {
    release(1)
    if (isLive) commitLive(home, 'shop', { ...live, release: 1 })
    expect((await carriedOut(ask({ task, release: task === 'rollback' ? 1 : null }))).error.code).toBe(code)
  })

  it('is a push of a revision that was bad with these values, unless forced', async () => {
    const revision = 'a'.repeat(40)
    const mark = {
      revision,
      release: 1,
      at: new Date().toISOString(),
      code: 'DIED_SOON',
      message: 'it died. It wrote:\n    boom',
    }
    const errorOf = async (wanted: Parameters<typeof ask>[0]) => (await carriedOut(ask(wanted))).error
    const codeOf = async (wanted: Parameters<typeof ask>[0]) => (await errorOf(wanted)).code
    markBad(home, 'shop', { ...mark, config: digestOf(config) })
    expect(await codeOf({})).toBe('REVISION_BAD')
    expect((await errorOf({})).message).toMatch(/, because it died \(DIED_SOON\)$/)
    expect(await codeOf({ force: true })).not.toBe('REVISION_BAD')
    markBad(home, 'shop', { ...mark, config: 'other values' })
    expect(await codeOf({})).not.toBe('REVISION_BAD')
  })

  it('is a push after another push has moved the branch', async () => {
    const { old, tip } = await repository()
    expect((await carriedOut(ask({ revision: old, expected: old }))).error.code).toBe('BRANCH_MOVED')
    expect((await carriedOut(ask({ revision: old, expected: tip }))).error.code).not.toBe('BRANCH_MOVED')
  })

  it('releases its lease when it fails', async () => {
    await carriedOut(ask({}))
    await until(() => leasesLost === 1, 'the end of the lease', 5_000)
  })
})

describe('an upgrade', () => {
  it('without a commit deploys the tip of the branch when its turn comes', async () => {
    const { old, tip } = await repository()
    release(1)
    commitLive(home, 'shop', { ...live, release: 1 })
    const number = ask({ task: 'upgrade', revision: old, open: true })
    const { events, error } = await carriedOut(number)
    expect(error.code).toBe('NOT_A_MIX_PROJECT')
    expect(events[0]).toMatchObject({ type: 'start', revision: tip, subject: 'New' })
    expect(readRun(home, 'shop', number).request).toMatchObject({ revision: tip, subject: 'New' })
  })

  it('keeps a live release whose deploy was killed after the commit', async () => {
    const killed = dead(ask({}))
    release(killed.number)
    commitLive(home, 'shop', { ...live, release: killed.number })
    await carriedOut(ask({ task: 'upgrade' }), [killed])
    expect(readRun(home, 'shop', killed.number).state).toBe('ok')
    expect(listReleases(home, 'shop')).toEqual([killed.number])
  })
})

describe('a deploy of an app whose config values are damaged', () => {
  it('fails and names their file', async () => {
    const { config } = appPaths(home, 'shop')
    writeFileSync(config, '')
    const number = ask({})
    await performRun(home, 'shop', number)
    const { state, result } = readRun(home, 'shop', number)
    expect(state).toBe('failed')
    expect(result?.error).toMatchObject({ code: 'STATE_BROKEN', text: expect.stringContaining(config) })
  })
})

describe('a rollback', () => {
  it('to the release of an interrupted deploy is refused after the cleanup', async () => {
    ask({})
    const interrupted = dead(ask({}))
    for (const number of [1, 2]) release(number)
    commitLive(home, 'shop', { ...live, release: 1 })
    const { error } = await carriedOut(ask({ task: 'rollback', release: 2 }), [interrupted])
    expect(error.code).toBe('RELEASE_GONE')
    expect(listReleases(home, 'shop')).toEqual([1])
  })

  it('without a number goes back from the live release when its turn comes', async () => {
    for (const number of [1, 2, 3]) release(number)
    commitLive(home, 'shop', { ...live, release: 3 })
    const number = ask({ task: 'rollback', release: 1, open: true })
    const { events } = await carriedOut(number)
    const revision = '2'.repeat(40)
    expect(events[0]).toMatchObject({ type: 'start', revision })
    expect(readRun(home, 'shop', number).request).toMatchObject({ revision, release: 2, open: false })
  })
})
