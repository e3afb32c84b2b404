import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Live } from '../../src/core/live.js'
import {
  commitLive,
  forgetApp,
  listProjects,
  listReleases,
  neededConfigs,
  parseProject,
  readApp,
  restoreCurrent,
  withdrawLive,
  writeApp,
  writeBranch,
} from '../../src/state/apps.js'
import { appPaths } from '../../src/state/paths.js'
import { live as serving } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const folder = temporaryFolders()

const live: Live = { ...serving, release: 7, slot: 'b', port: 4001 }

const homeWith = (...projects: readonly string[]): string => {
  const home = folder()
  for (const project of projects) {
    writeApp(home, project, { branch: 'main', live: null })
    mkdirSync(appPaths(home, project).releases, { recursive: true })
  }
  return home
}

it('keeps the config values of the live release and of each release on disk', () => {
  const home = homeWith('shop')
  for (const number of ['3', '7']) mkdirSync(join(appPaths(home, 'shop').releases, number))
  commitLive(home, 'shop', { ...live, config: 2 })
  expect(neededConfigs(home, 'shop')).toEqual([3, 7, 2])
})

describe('the name of an app', () => {
  it.each(['a', 'shop', 'my_app', 'app2', 'a_', 'a'.repeat(40)])('can be %s', name => {
    expect(parseProject(name)).toBe(name)
  })

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc',
    'a b',
    ' a',
    'a\n',
    'A',
    'Shop',
    '1a',
    '_a',
    '-x',
    '--help',
    'a-b',
    'a.b',
    'ä',
    'a\0',
    '$a',
    "a'b",
    'a'.repeat(41),
  ])('cannot be %j', async name => {
    expect(await failureOf(() => parseProject(name))).toMatchObject({ code: 'PROJECT_NAME', exitCode: 2 })
  })
})

describe('the state of an app', () => {
  it('is read as it was written', () => {
    const home = homeWith()
    writeApp(home, 'shop', { branch: null, live: null })
    expect(readApp(home, 'shop')).toEqual({ branch: null, live: null })
    writeApp(home, 'shop', { branch: 'main', live: { ...live, domains: [...live.domains] } })
    expect(readApp(home, 'shop')).toEqual({ branch: 'main', live })
  })

  it('is read with max_body cut to the maximum that is allowed now', () => {
    const home = homeWith()
    const read = (max_body: string): string | undefined => {
      writeApp(home, 'shop', { branch: 'main', live: { ...live, max_body, domains: [] } })
      return readApp(home, 'shop').live?.max_body
    }
    expect([read('20G'), read('9000M')]).toEqual(['10G', '9000M'])
  })

  it('is an error for an unknown app, which suggests a similar name', async () => {
    const home = homeWith('shop', 'blog')
    const error = await failureOf(() => readApp(home, 'shpo'))
    expect(error.code).toBe('PROJECT_UNKNOWN')
    expect(error.message).toBe('there is no project shpo; did you mean shop?')
    expect(error.hint).toContain('blog, shop')
  })

  it('is not read from outside of its folder', async () => {
    expect((await failureOf(() => readApp(homeWith('shop'), '../apps/shop'))).code).toBe('PROJECT_NAME')
  })

  it.each([
    '',
    '{"branch": "main"',
    '{}',
    '{"branch": 1, "live": null}',
    '{"branch": null, "live": {}}',
    'null',
  ])('is an error if its file holds %j', async text => {
    const home = homeWith('shop')
    const { state } = appPaths(home, 'shop')
    writeFileSync(state, text)
    const error = await failureOf(() => readApp(home, 'shop'))
    expect(error.code).toBe('STATE_BROKEN')
    expect(error.message).toContain(state)
  })

  it('makes its app listed, in the order of names', () => {
    const home = homeWith('shop', 'blog')
    mkdirSync(join(home, 'apps', 'half_made'))
    writeFileSync(join(home, 'apps', 'notes.txt'), '')
    expect(listProjects(home)).toEqual(['blog', 'shop'])
    expect(listProjects(folder())).toEqual([])
  })

  it('is removed with all else of the app', () => {
    const home = homeWith('shop', 'blog')
    mkdirSync(join(home, 'sites'))
    writeFileSync(appPaths(home, 'shop').site, '{}')
    forgetApp(home, 'shop')
    expect(listProjects(home)).toEqual(['blog'])
    expect(() => readlinkSync(appPaths(home, 'shop').site)).toThrow('ENOENT')
    forgetApp(home, 'shop')
  })

  it('is gone even if only part of the app can be removed', async () => {
    const home = homeWith('shop')
    const { root, repository, config } = appPaths(home, 'shop')
    for (const path of [repository, config]) mkdirSync(path, { recursive: true })
    const mounted = await run(['mount', '-t', 'tmpfs', 'tmpfs', repository])
    expect(mounted.code, `${mounted.text}: this test needs the right to mount a tmpfs`).toBe(0)
    try {
      expect(() => forgetApp(home, 'shop')).toThrow('EBUSY')
      expect(listProjects(home)).toEqual([])
      expect(existsSync(root)).toBe(false)
    } finally {
      const aside = join(home, `shop.${process.pid}.gone`, 'repo.git')
      await run(['umount', existsSync(aside) ? aside : repository])
    }
  })
})

describe('the branch that deploys', () => {
  it('is the one of the state until another is chosen', () => {
    const home = homeWith('shop')
    expect(readApp(home, 'shop').branch).toBe('main')
    writeBranch(home, 'shop', 'stable')
    expect(readApp(home, 'shop').branch).toBe('stable')
    commitLive(home, 'shop', live)
    expect(readApp(home, 'shop')).toEqual({ branch: 'stable', live })
  })

  it('is chosen without a write to the state, which a deploy can write meanwhile', () => {
    const home = homeWith('shop')
    const { state } = appPaths(home, 'shop')
    const before = readFileSync(state, 'utf8')
    writeBranch(home, 'shop', 'stable')
    expect(readFileSync(state, 'utf8')).toBe(before)
  })
})

describe('committing a release', () => {
  it('writes the state and flips current', () => {
    const home = homeWith('shop')
    const { current } = appPaths(home, 'shop')
    commitLive(home, 'shop', { ...live, release: 6 })
    expect(readlinkSync(current)).toBe('releases/6')
    commitLive(home, 'shop', live)
    expect(readlinkSync(current)).toBe('releases/7')
    expect(readApp(home, 'shop')).toEqual({ branch: 'main', live })
  })

  it('takes effect exactly when current is flipped', () => {
    const home = homeWith('shop')
    const { current, state } = appPaths(home, 'shop')
    commitLive(home, 'shop', { ...live, release: 6 })
    const before = readApp(home, 'shop').live
    writeFileSync(state, JSON.stringify({ branch: 'main', live: before, next: live }))
    expect(readApp(home, 'shop').live?.release).toBe(6)
    rmSync(current)
    expect(readApp(home, 'shop').live?.release).toBe(6)
    symlinkSync('releases/7', current)
    expect(readApp(home, 'shop')).toEqual({ branch: 'main', live })
  })

  it('works despite a leftover temporary link', () => {
    const home = homeWith('shop')
    const { current } = appPaths(home, 'shop')
    symlinkSync('releases/3', `${current}.new`)
    commitLive(home, 'shop', live)
    expect(readlinkSync(current)).toBe('releases/7')
  })

  it('changes nothing when it fails', async () => {
    const home = homeWith('shop')
    commitLive(home, 'shop', { ...live, release: 6 })
    rmSync(appPaths(home, 'shop').deploy, { recursive: true })
    expect(() => commitLive(home, 'shop', live)).toThrow('ENOENT')
    expect(readApp(home, 'shop').live?.release).toBe(6)
  })

  it('is completed after a crash before the flip of current', () => {
    const home = homeWith('shop')
    const { current } = appPaths(home, 'shop')
    commitLive(home, 'shop', { ...live, release: 6 })
    restoreCurrent(home, 'shop', live)
    expect(readlinkSync(current)).toBe('releases/7')
    rmSync(current)
    restoreCurrent(home, 'shop', live)
    expect(readlinkSync(current)).toBe('releases/7')
  })
})

describe('a state written by hand', () => {
  const limits = { memory: null, cpu: null, tasks: 1024 }
  it.each([
    { limits: { ...limits, memory: '1G\nExecStartPre=+/bin/touch /pwned' } },
    { build_limits: { ...limits, tasks: 1.5 } },
    { max_body: '10M; access_log /etc/cron.d/x' },
    { drain_timeout: -1 },
    { release: 1e300 },
  ])('is refused if root must not write its values: %j', async changes => {
    const home = homeWith('shop')
    writeApp(home, 'shop', { branch: 'main', live: { ...live, ...changes, domains: [] } })
    expect((await failureOf(() => readApp(home, 'shop'))).code).toBe('STATE_BROKEN')
  })
})

describe('withdrawing the live release', () => {
  it('leaves a loaded app, even if parts of it are removed already', () => {
    const home = homeWith('shop')
    commitLive(home, 'shop', live)
    withdrawLive(home, 'shop')
    expect(readApp(home, 'shop')).toEqual({ branch: 'main', live: null })
    rmSync(appPaths(home, 'shop').deploy, { recursive: true })
    restoreCurrent(home, 'shop', live)
    expect(readApp(home, 'shop').live).toBeNull()
  })
})

describe('the releases of an app', () => {
  it('are listed by number, oldest first', () => {
    const home = homeWith('shop')
    for (const name of ['10', '9', '100', 'tmp']) mkdirSync(join(appPaths(home, 'shop').releases, name))
    expect(listReleases(home, 'shop')).toEqual([9, 10, 100])
    expect(listReleases(home, 'blog')).toEqual([])
  })
})
