import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initBare } from '../../src/commands/git.js'
import { GatlingError } from '../../src/core/error.js'
import type { EventBody } from '../../src/core/event.js'
import type { Site } from '../../src/core/proxy.js'
import { carryOut } from '../../src/deploy/carry-out.js'
import { runCommand } from '../../src/hosts/capture.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { listReleases, numbersIn, readApp, writeApp } from '../../src/state/apps.js'
import { followRollback, newConfig, plainValues, readConfig, writeConfig } from '../../src/state/config.js'
import { appPaths, homePaths } from '../../src/state/paths.js'
import { createRun, finishRun, readRun } from '../../src/state/runs.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { unusedRuntime } from '../helpers/runtime.js'
import { must } from '../helpers/world.js'

// These are real deploys of an app that needs no process. Only the keeper is a stand-in, which records its calls.
const folder = temporaryFolders()
let home = ''
let source = ''
let keeper: Server
let site: Site | null = null
let routed = ''
/** Whether the next version that gets the requests turns out bad. */
let isBad = false

beforeEach(async () => {
  home = folder()
  source = folder()
  isBad = false
  writeApp(home, 'shop', { branch: 'main', live: null })
  writeConfig(home, 'shop', newConfig({ made: () => ({}) }))
  await runCommand(initBare(appPaths(home, 'shop').repository))
  await git('init', '-q', '-b', 'main')
  keeper = await listenAsKeeper({
    listen: homePaths(home).socket,
    services: {
      ...unusedRuntime.services,
      install: async () => {},
      processes: async () => ({ web: { host: '127.0.0.1', port: 4_000 } }),
      list: async () => [],
    },
    proxy: {
      ...unusedRuntime.proxy,
      configure: async asked => {
        site = asked
      },
      route: async (_, backend) => {
        if (isBad) {
          isBad = false
          throw new GatlingError('DIED_SOON', { message: 'it died', hint: '' })
        }
        routed = JSON.stringify(backend)
      },
    },
    apps: null,
    only: null,
    beforeLease: async () => {},
    onLeaseLost: () => {},
  })
})
afterEach(() => {
  keeper.close()
  keeper.closeAllConnections()
})

const git = (...args: string[]): Promise<string> =>
  must(['git', '-C', source, '-c', 'user.name=Jane', '-c', 'user.email=jane@example.com', ...args])
const commit = async (files: Record<string, string>): Promise<string> => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, name)), { recursive: true })
    writeFileSync(join(source, name), text)
  }
  await git('add', '-A')
  await git('commit', '-q', '--allow-empty', '-m', 'A change')
  await git('push', '-q', appPaths(home, 'shop').repository, 'HEAD:refs/heads/pushed')
  return (await git('rev-parse', 'HEAD')).trim()
}
const tip = async (): Promise<string> =>
  (
    await must([
      'git',
      '-C',
      appPaths(home, 'shop').repository,
      'for-each-ref',
      '--format=%(objectname)',
      'refs/heads/main',
    ])
  ).trim()

const perform = async (wanted: Partial<Parameters<typeof createRun>[2]>) => {
  const usual = { task: 'push', expected: null, branch: null, pusher: 'jane', subject: '' } as const
  const revision = readApp(home, 'shop').live?.revision ?? ''
  const number = createRun(home, 'shop', { ...usual, revision, ...wanted })
  const events: EventBody[] = []
  const deploy = () =>
    carryOut({
      ...{ home, project: 'shop', number, request: readRun(home, 'shop', number).request, interrupted: [] },
      ...{ equip: () => process.env, emit: event => events.push(event), mask: text => text },
      signal: new AbortController().signal,
    })
  return { number, events, deploy }
}
/** Carries out a run that must succeed. @returns its number. */
const works = async (wanted: Partial<Parameters<typeof createRun>[2]>): Promise<number> => {
  const { number, deploy } = await perform(wanted)
  const mode = await deploy()
  const ended = { step: null, ms: 1, at: '', error: null, steps: [] }
  finishRun(home, 'shop', number, { ...ended, outcome: 'ok', mode })
  return number
}
const push = async (files: Record<string, string>) => ({
  revision: await commit(files),
  expected: (await tip()) || '0'.repeat(40),
  branch: 'main',
})
const set = (color: string): void => {
  const config = readConfig(home, 'shop')
  writeConfig(home, 'shop', {
    ...config,
    values: { ...config.values, COLOR: { value: color, secret: false } },
  })
}
/** Returns the config value after the keeper has followed a rollback. */
const color = (): string | undefined => {
  followRollback(home, 'shop', readApp(home, 'shop').live)
  return plainValues(readConfig(home, 'shop'))['COLOR']
}
const kept = (release: number): string =>
  readFileSync(join(appPaths(home, 'shop').configs, `${release}.json`), 'utf8')
const served = (): string =>
  readFileSync(join(appPaths(home, 'shop').deploy, 'current', 'site', 'index.html'), 'utf8')

const page = (text: string, domain = 'shop.test') => ({ 'public/index.html': text, domains: `${domain}\n` })
const twoReleases = async (): Promise<void> => {
  set('red')
  await works(await push(page('one', 'one.test')))
  set('blue')
  await works(await push(page('two', 'two.test')))
}

describe('a whole deploy', () => {
  it('starts the app at the first push and upgrades it at the second', async () => {
    const first = await perform(await push(page('one')))
    expect(await first.deploy()).toBe('start')
    expect(first.events[0]).toMatchObject({ type: 'start', task: 'deploy' })
    expect([served(), routed]).toEqual(['one', JSON.stringify({ files: 'a' })])
    expect(await tip()).toBe(readApp(home, 'shop').live?.revision)
    const second = await perform(await push(page('two')))
    expect(await second.deploy()).toBe('swap')
    expect(second.events[0]).toMatchObject({ type: 'start', task: 'upgrade' })
    expect(second.events).toContainEqual(expect.objectContaining({ type: 'live', release: 2, mode: 'swap' }))
    expect([served(), routed]).toEqual(['two', JSON.stringify({ files: 'b' })])
    expect(readApp(home, 'shop').live).toMatchObject({ release: 2, slot: 'b', config: 2, config_back: 0 })
    expect(await tip()).toBe(readApp(home, 'shop').live?.revision)
  })

  it('keeps its config values, whatever is set later', async () => {
    await twoReleases()
    set('green')
    expect([1, 2].map(number => /red|blue|green/.exec(kept(number))?.[0])).toEqual(['red', 'blue'])
  })

  it('that fails changes nothing and leaves nothing behind', async () => {
    await twoReleases()
    const before = readApp(home, 'shop')
    const branch = await tip()
    const wanted = await push({
      ...page('three', 'three.test'),
      'gatling.toml': '[build]\ncommand = "exit 3"\n',
    })
    const { deploy, events } = await perform(wanted)
    expect((await failureOf(deploy)).code).toBe('COMMAND_FAILED')
    expect(readApp(home, 'shop')).toEqual(before)
    expect([served(), site?.domains, await tip()]).toEqual(['two', ['two.test'], branch])
    expect(events.filter(({ type }) => type === 'live')).toEqual([])
    expect(listReleases(home, 'shop')).toEqual([1, 2])
    expect([1, 2].map(number => /red|blue/.exec(kept(number))?.[0])).toEqual(['red', 'blue'])
  })

  it('that was bad is not repeated by mistake, and three such releases stay', async () => {
    await works(await push(page('good')))
    const wanted: Awaited<ReturnType<typeof push>>[] = []
    for (const text of ['2', '3', '4', '5']) {
      wanted.push(await push(page(text)))
      isBad = true
      const { deploy } = await perform(wanted.at(-1) ?? {})
      expect((await failureOf(deploy)).code).toBe('DIED_SOON')
    }
    expect([served(), routed]).toEqual(['good', JSON.stringify({ files: 'a' })])
    expect(numbersIn(appPaths(home, 'shop').failed)).toEqual([3, 4, 5])
    const again = await perform(wanted[0] ?? {})
    expect((await failureOf(again.deploy)).code).toBe('REVISION_BAD')
  })

  it('that only plans changes nothing', async () => {
    await twoReleases()
    const before = readApp(home, 'shop')
    const { deploy, events } = await perform({
      task: 'plan',
      revision: await commit(page('three', 'three.test')),
    })
    expect(await deploy()).toBeNull()
    expect(events).toContainEqual(expect.objectContaining({ type: 'plan' }))
    expect(events.filter(({ type }) => type === 'live')).toEqual([])
    expect(readApp(home, 'shop')).toEqual(before)
    expect([served(), site?.domains]).toEqual(['two', ['two.test']])
    expect(listReleases(home, 'shop')).toEqual([1, 2])
  })
})

describe('a whole rollback', () => {
  const back = (more = {}) => works({ task: 'rollback', release: 1, revision: revisionOf(1), ...more })
  const revisionOf = (release: number): string =>
    JSON.parse(readFileSync(join(appPaths(home, 'shop').releases, String(release), 'gatling.json'), 'utf8'))
      .revision

  it('takes back code, domains and values, which can change again later', async () => {
    await twoReleases()
    const branch = await tip()
    const number = await back()
    expect(readApp(home, 'shop').live).toMatchObject({ release: 1, config: 1, config_back: number })
    expect([served(), site?.domains, color(), await tip()]).toEqual(['one', ['one.test'], 'red', branch])
    set('green')
    expect(color()).toBe('green')
    expect(/red|green/.exec(kept(1))?.[0]).toBe('red')
  })

  it('with --code-only keeps values, domains and nginx.conf', async () => {
    await twoReleases()
    const own = 'server { server_name two.test; location / { proxy_pass http://shop; } }\n'
    await works(await push({ ...page('two', 'two.test'), 'nginx.conf': own }))
    await back({ code_only: true })
    expect(readApp(home, 'shop').live).toMatchObject({
      release: 1,
      config: 3,
      config_back: 0,
      nginx_conf: own,
    })
    expect([served(), site?.domains, color()]).toEqual(['one', ['two.test'], 'blue'])
  })

  it('to a release that is gone is refused and changes nothing', async () => {
    await twoReleases()
    const before = readApp(home, 'shop')
    const revision = revisionOf(1)
    rmSync(join(appPaths(home, 'shop').releases, '1'), { recursive: true })
    const { deploy } = await perform({ task: 'rollback', release: 1, revision })
    expect((await failureOf(deploy)).code).toBe('RELEASE_GONE')
    expect([readApp(home, 'shop'), served()]).toEqual([before, 'two'])
    expect(existsSync(join(appPaths(home, 'shop').configs, '2.json'))).toBe(true)
  })
})
