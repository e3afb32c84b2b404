import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSizes } from '../../src/commands/du.js'
import { deployFinding, diskFinding, lastDeploy, leftFindings } from '../../src/doctor/app/deploys.js'
import type { AppFacts } from '../../src/doctor/app/facts.js'
import { certificateFindings, domainFinding } from '../../src/doctor/app/names.js'
import {
  answerFinding,
  answers,
  bootFindings,
  listens,
  listensFinding,
  memory,
  memoryFinding,
  runs,
  runsFinding,
  state,
} from '../../src/doctor/app/running.js'
import { namesIn, textIn } from '../../src/doctor/app-files.js'
import { listeners } from '../../src/doctor/listeners.js'
import { addressesOf, isReached, parseAddresses } from '../../src/doctor/resolve.js'
import { numberIn } from '../../src/doctor/units.js'
import { nameChecks, phoenixChecks } from '../../src/stacks/phoenix/doctor/checks.js'
import { placeOf, secretFinding } from '../../src/stacks/phoenix/doctor/config.js'
import { askedFinding, elixir } from '../../src/stacks/phoenix/doctor/elixir.js'
import { hex } from '../../src/stacks/phoenix/doctor/hex.js'
import { hostFinding } from '../../src/stacks/phoenix/doctor/host-name.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const folder = temporaryFolders()

const facts = (root: string, port = 20_001): AppFacts => ({
  project: 'shop',
  root,
  registered: {
    project: 'shop',
    ports: { a: port, b: 20_002, node_a: 20_003, node_b: 20_004, own: 20_005 },
    site: { domains: ['shop.test'], own: null, max_body: '10M' },
    tls: null,
    drain_ms: 1_000,
    limits: { memory: null, cpu: null, tasks: 100 },
    build: { memory: null, cpu: null, tasks: 100 },
  },
  isSeated: true,
  live: { release: 1, slot: 'a', domains: ['shop.test'], processes: ['web'] },
  stack: 'phoenix',
})

it('a machine without a seat of an app need not run it', async () => {
  const ready = { ...facts(folder()), isSeated: false }
  expect(state(ready)).toMatchObject({ text: expect.stringContaining('other machines of the fleet run it') })
  expect(await Promise.all([runs(ready), answers(ready), listens(ready), memory(ready)])).toEqual(
    Array.from({ length: 4 }, () => null),
  )
})

describe('a check for Phoenix apps', () => {
  it.each([...nameChecks, ...phoenixChecks])('skips an app of another kind: $name', ({ look }) => {
    expect(look({ ...facts(folder()), stack: 'static' })).toBe(null)
  })
})

describe('the Elixir that an app asks for', () => {
  const asked = (version: string, otp: number | null = null) => ({ version, otp, from: 'mise.toml' })
  const one = { name: '1.18.4-otp-25', version: '1.18.4', otp: 25, path: '' }
  const there = { installed: [one], own: '1.14.0', otp: 25 }

  it.each([asked('1.18'), asked('1.18.4', 25), asked('1.14.0')])('is found: %j', wish => {
    expect(askedFinding(wish, there).level).toBe('ok')
  })

  it.each([
    [asked('1.17'), /^gatling elixir install 1\.17\.3$/],
    [asked('1.18.3'), /^gatling elixir install 1\.18\.3$/],
    [asked('1.18.4', 27), /not made for .*OTP 25; .* install 1\.18\.4$/],
    [asked('1.20'), /not made for .*OTP 25; .* install 1\.18\.4$/],
  ])('is missing: %j', (wish, remedy) => {
    expect(askedFinding(wish, there)).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('mise.toml'),
      remedy: expect.stringMatching(remedy),
    })
  })

  it('is checked only when no shim can run it', () => {
    const root = folder()
    expect(elixir(facts(root))).toBeNull()
    mkdirSync(join(root, 'build'))
    writeFileSync(join(root, 'build', '.tool-versions'), 'elixir 1.0.5')
    expect(elixir(facts(root))).toMatchObject({ level: 'warning' })
    mkdirSync(join(root, 'home', '.asdf', 'shims'), { recursive: true })
    expect(elixir(facts(root))).toBeNull()
  })
})

describe('the files of an app, which root reads', () => {
  it('are read when they exist, and empty when they do not', () => {
    const root = folder()
    mkdirSync(join(root, 'runs', '3'), { recursive: true })
    writeFileSync(join(root, 'runs', '3', 'result.json'), 'text')
    expect(namesIn(root, 'runs')).toEqual(['3'])
    expect(textIn(root, 'runs', '3', 'result.json')).toBe('text')
    expect(namesIn(root, 'no', 'such')).toEqual([])
    expect(textIn(root, 'runs', '4', 'result.json')).toBe(null)
  })

  it('are refused behind a link at any place in the path', () => {
    const root = folder()
    const other = folder()
    mkdirSync(join(other, 'runs'))
    writeFileSync(join(other, 'runs', 'secret'), 'secret')
    symlinkSync(join(other, 'runs'), join(root, 'runs'))
    expect(() => namesIn(root, 'runs')).toThrow(`${join(root, 'runs')} leads elsewhere`)
    expect(() => textIn(root, 'runs', 'secret')).toThrow()
    mkdirSync(join(root, 'plain'))
    symlinkSync(join(other, 'runs', 'secret'), join(root, 'plain', 'secret'))
    expect(() => textIn(root, 'plain', 'secret')).toThrow()
    renameSync(root, `${root}.real`)
    symlinkSync(`${root}.real`, root)
    expect(() => namesIn(root, 'plain')).toThrow()
  })

  it('are refused at once when they are pipes', async () => {
    const root = folder()
    await run(['mkfifo', join(root, 'result.json')])
    expect(() => textIn(root, 'result.json')).toThrow('is not a file')
  })
})

describe('an instance', () => {
  it('is reported when it is down, has restarted or starts at no boot', () => {
    expect(runsFinding('shop', { ActiveState: 'active', NRestarts: '0' }).level).toBe('ok')
    expect(runsFinding('shop', { ActiveState: 'active', NRestarts: '3' })).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('3 restarts'),
    })
    expect(runsFinding('shop', { ActiveState: 'failed', SubState: 'failed', NRestarts: '1' })).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('after 1 restart'),
    })
    expect(runsFinding('shop', {}).level).toBe('problem')
    expect(bootFindings('shop', { UnitFileState: 'enabled' })).toEqual([])
    expect(bootFindings('shop', { UnitFileState: 'disabled' })).toMatchObject([{ level: 'warning' }])
  })

  it('is judged by its answer', () => {
    const level = (status: number | null, healthy: boolean, forcesHttps = false) =>
      answerFinding('shop', 1, { status, healthy, forcesHttps, finding: 'so' }).level
    expect(level(200, true)).toBe('ok')
    expect(level(404, true)).toBe('ok')
    expect(level(500, false)).toBe('warning')
    expect(level(301, false)).toBe('warning')
    expect(level(200, true, true)).toBe('warning')
    expect(level(null, false)).toBe('problem')
  })

  it('is a problem when its answer never ends', async () => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      const bytes = [...'HTTP/1.1 200 OK\r\nx: ']
      const timer = setInterval(() => socket.write(bytes.shift() ?? 'a'), 50)
      socket.once('close', () => clearInterval(timer))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const began = performance.now()
    expect(await answers(facts('/nowhere', port))).toMatchObject({ level: 'problem' })
    expect(performance.now() - began).toBeLessThan(20_000)
    server.close()
  })

  it('is a warning when it can be reached without nginx', async () => {
    const at = (...addresses: string[]) => addresses.map(address => ({ address, port: 20_001, programs: [] }))
    expect(listensFinding(20_001, at('127.0.0.1'))?.level).toBe('ok')
    expect(listensFinding(20_001, at('::1', '127.0.0.1'))?.level).toBe('ok')
    expect(listensFinding(20_001, at('::'))).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('ip: {127, 0, 0, 1}'),
    })
    expect(listensFinding(20_002, at('::'))).toBe(null)
    for (const [host, level] of [
      ['127.0.0.1', 'ok'],
      ['0.0.0.0', 'warning'],
    ] as const) {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, host, resolve))
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      expect(listensFinding(port, await listeners())).toMatchObject({ level })
      server.close()
    }
  })

  it.each([
    [null, null, undefined],
    [100e6, null, 'ok'],
    [100e6, 200e6, 'ok'],
    [171e6, 200e6, 'warning'],
  ])('that uses %d of %d bytes gets %s', (used, limit, level) => {
    expect(memoryFinding(used, limit)?.level).toBe(level)
  })

  it.each([
    ['1024', 1024],
    ['[not set]', null],
    ['infinity', null],
    ['18446744073709551615', null],
    ['', null],
    [undefined, null],
    ['0', 0],
  ])('has a figure of systemd, %j, read as %j', (text, number) => {
    expect(numberIn(text)).toBe(number)
  })
})

describe('the domains of an app', () => {
  const own = ['127.0.0.1', '203.0.113.7', '2001:db8::7', 'fe80::1']

  it.each([
    [['203.0.113.7'], 'ok'],
    [['203.0.113.7', '2001:db8::7'], 'ok'],
    [['203.0.113.7', '2001:db8::9'], 'warning'],
    [['198.51.100.1'], 'warning'],
    [['127.0.1.1'], 'warning'],
    [[], 'warning'],
  ])('that lead to %j get %s', (found, level) => {
    const finding = domainFinding('shop.test', found, own)
    expect(finding.level).toBe(level)
    expect(finding.text).not.toContain('fe80')
  })

  it('are looked up as the machine does', async () => {
    expect(await addressesOf('localhost')).toContainEqual(expect.stringMatching(/^(127\.0\.0\.1|::1)$/))
    expect(await addressesOf('no-such-name.invalid')).toEqual([])
    expect(await addressesOf('--help')).toEqual([])
    expect(parseAddresses('1.2.3.4  STREAM a\n1.2.3.4  DGRAM\n::1  RAW\n')).toEqual(['1.2.3.4', '::1'])
  })

  it('are compared with PHX_HOST, which decides about WebSockets', () => {
    const set = (value: string, secret = false) => ({ value, secret })
    expect(hostFinding('shop', null, ['shop.test'])?.level).toBe('ok')
    expect(hostFinding('shop', null, ['shop.test', 'www.shop.test'])?.text).toContain('www.shop.test')
    expect(hostFinding('shop', set('SHOP.test'), ['shop.test'])?.level).toBe('ok')
    expect(hostFinding('shop', set('a.shop.test'), ['*.shop.test'])?.level).toBe('ok')
    expect(hostFinding('shop', set('other.test'), ['shop.test'])).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('other.test'),
    })
    expect(hostFinding('shop', set('other.test', true), ['shop.test'])?.text).not.toContain('other.test')
    expect(hostFinding('shop', null, [])).toBe(null)
  })

  it.each([
    [60, 'ok'],
    [21, 'ok'],
    [20, 'warning'],
    [7, 'warning'],
    [6, 'problem'],
    [-1, 'problem'],
  ])('with a certificate for %d more days get %s', (days, level) => {
    const now = new Date('2026-01-01T00:00:00Z')
    const ends = new Date(now.getTime() + days * 86_400_000 + 1_000)
    const given = { project: 'shop', email: 'a@b.c', uncovered: [], former: [], ends, now }
    expect(certificateFindings(given)).toMatchObject([{ level }])
    expect(certificateFindings({ ...given, uncovered: ['new.test'] })[1]).toMatchObject({ level: 'warning' })
    expect(certificateFindings({ ...given, former: ['old.test'] })[1]).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('also for old.test'),
      remedy: 'gatling tls enable shop --email a@b.c',
    })
  })
})

describe('the config of an app', () => {
  it('needs a SECRET_KEY_BASE of 64 bytes', () => {
    expect(secretFinding('shop', 'x'.repeat(64)).level).toBe('ok')
    expect(secretFinding('shop', 'é'.repeat(32)).level).toBe('ok')
    expect(secretFinding('shop', 'x'.repeat(63)).level).toBe('problem')
    expect(secretFinding('shop', undefined).level).toBe('problem')
  })

  it.each([
    ['ecto://u:p@db.local/shop', { host: 'db.local', port: 5432 }],
    ['ecto://u:p@db.local:6432/shop?ssl=true', { host: 'db.local', port: 6432 }],
    ['postgres://u:p@ss/w:x@10.0.0.1/shop', { host: '10.0.0.1', port: 5432 }],
    ['postgresql://[::1]:5433/shop', { host: '::1', port: 5433 }],
    ['ecto://localhost', { host: 'localhost', port: 5432 }],
    ['ecto://u:p@/shop?socket_dir=/run/postgresql', 'socket'],
    ['ecto://u:p@localhost:0/x', 'unreadable'],
    ['ecto://u:p@localhost:99999/x', 'unreadable'],
    ['not a url', 'unreadable'],
    ['', 'unreadable'],
  ])('%s leads to %j', (url, place) => {
    expect(placeOf(url, ['ecto_sql', 'postgrex'])).toEqual(place)
  })

  it('has another default port for another database', () => {
    expect(placeOf('ecto://u:p@localhost/x', ['ecto_sql', 'myxql'])).toMatchObject({ port: 3306 })
  })

  it('is tested with a connection to the database', async () => {
    const server = createServer(socket => socket.destroy())
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    expect(await isReached('127.0.0.1', port)).toBe(true)
    await new Promise(resolve => server.close(resolve))
    expect(await isReached('127.0.0.1', port)).toBe(false)
  })
})

describe('the deploys of an app', () => {
  it('get a warning when the last one failed', () => {
    const ended = (outcome: 'ok' | 'failed') => ({
      outcome,
      step: 'mix_compile',
      error: { code: 'COMMAND_FAILED' },
      at: '2024-01-02T03:04:05.678Z',
    })
    expect(deployFinding('shop', 3, ended('ok')).level).toBe('ok')
    expect(deployFinding('shop', 3, ended('failed'))).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('in mix_compile (COMMAND_FAILED)'),
      remedy: 'gatling history shop 3',
    })
    expect(deployFinding('shop', 3, null).level).toBe('ok')
  })

  it('are read from disk, and the newest counts', () => {
    const root = folder()
    expect(lastDeploy({ ...facts(root), live: null })).toBe(null)
    expect(lastDeploy(facts(root))).toMatchObject({
      level: 'warning',
      text: 'the records of its deploys are gone, but release 1 is live',
    })
    for (const [number, outcome] of [
      ['9', 'failed'],
      ['10', 'ok'],
    ] as const) {
      mkdirSync(join(root, 'runs', number), { recursive: true })
      writeFileSync(
        join(root, 'runs', number, 'result.json'),
        JSON.stringify({ outcome, mode: null, step: null, error: null, steps: [], ms: 1, at: '' }),
      )
    }
    mkdirSync(join(root, 'runs', '.new-123'))
    expect(lastDeploy(facts(root))).toMatchObject({ level: 'ok', text: 'the last deploy, 10, went well' })
  })

  it('get a warning when the unit of an ended one still runs', () => {
    const list = [6, 7, 8].map(number => `  gatling-deploy-shop-${number}.service loaded active running x\n`)
    const ends = new Map([
      [6, '2024-01-02T03:04:05.678Z'],
      [7, new Date().toISOString()],
    ])
    const found = leftFindings('shop', list.join(''), number => {
      const at = ends.get(number)
      return at === undefined ? null : { at }
    })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('deploy 6 of shop has ended, but its unit gatling-deploy-shop-6.service'),
    })
    expect(leftFindings('shop', '', () => null)).toEqual([])
  })

  it('are reported when they must fetch Hex first', () => {
    const root = folder()
    expect(hex(facts(root))).toBe(null)
    mkdirSync(join(root, 'build'))
    writeFileSync(join(root, 'build', 'mix.lock'), '%{ "jason": {:hex, :jason, "1.4.0"} }')
    expect(hex(facts(root))).toMatchObject({ level: 'ok' })
    mkdirSync(join(root, 'home', '.mix', 'archives', 'hex-2.1.1'), { recursive: true })
    expect(hex(facts(root))).toBe(null)
  })

  it('are reported with their room on the disk', () => {
    const paths = { root: '/a', releases: '/a/deploy/releases', build: '/a/build' }
    const sizes = parseSizes('1000\t/a/build\n2000\t/a/deploy/releases\nnonsense\n4000\t/a\n')
    expect(diskFinding(sizes, paths)?.text).toBe(
      'it takes 3.9 MB of the disk: releases 2.0 MB, what its builds keep 1000 KB',
    )
    expect(diskFinding(new Map(), paths)).toBe(null)
  })
})
