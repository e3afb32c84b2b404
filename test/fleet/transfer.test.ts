import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { receiveRelease, sendRelease } from '../../src/deploy/transfer.js'
import { adopt } from '../../src/fleet/equip.js'
import { manifestOf, manifestSchema } from '../../src/fleet/manifest.js'
import { readApp, writeApp } from '../../src/state/apps.js'
import { appPaths } from '../../src/state/paths.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const project = 'shop'

const manifest = {
  stack: 'phoenix',
  project,
  release_name: 'shop',
  version: '1',
  revision: 'a',
  own_apps: [],
  host_name: 'x',
}

/** Makes a release of a few files. */
const release = (home: string, number: number, files: Readonly<Record<string, string>>): string => {
  const path = join(appPaths(home, project).releases, String(number))
  for (const [name, text] of Object.entries({ ...files, 'gatling.json': JSON.stringify(manifest) })) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

/** Sends a release from one home to another. @returns how many bytes went to the other end. */
const transfer = async (from: string, to: string, number: number, spoil = (bytes: Buffer) => bytes) => {
  const [there, back] = [new PassThrough(), new PassThrough()]
  const wire = new PassThrough()
  let bytes = 0
  there.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    wire.write(spoil(chunk))
  })
  const sending = sendRelease(from, project, number, { input: back, output: there })
  sending.catch(() => {})
  await receiveRelease(to, project, number, { input: wire, output: back })
  await sending
  return bytes
}

const at = (home: string, number: number): string => join(appPaths(home, project).releases, String(number))
const left = (home: string): string[] =>
  readdirSync(appPaths(home, project).deploy).filter(name => name !== 'releases')

describe('a release that is sent', () => {
  it('arrives with its files, modes and links', async () => {
    const [from, to] = [folder(), folder()]
    const path = release(from, 7, { 'bin/shop': '#!/bin/sh\n', 'lib/shop.beam': 'code', empty: '' })
    chmodSync(join(path, 'bin/shop'), 0o755)
    symlinkSync('bin/shop', join(path, 'start'))
    mkdirSync(appPaths(to, project).deploy, { recursive: true })
    await transfer(from, to, 7)
    expect(manifestOf(at(to, 7))).toEqual(manifestOf(path))
    expect(readFileSync(join(at(to, 7), 'start'), 'utf8')).toBe('#!/bin/sh\n')
    expect(statSync(join(at(to, 7), 'bin/shop')).mode & 0o777).toBe(0o755)
    expect(left(to)).toEqual([])
  })

  it('shares unchanged files with an earlier release, and sends only the others', async () => {
    const [from, to] = [folder(), folder()]
    const big = 'x'.repeat(500_000)
    release(from, 7, { big, code: 'one' })
    release(from, 8, { big, code: 'two' })
    mkdirSync(appPaths(to, project).deploy, { recursive: true })
    expect(await transfer(from, to, 7)).toBeGreaterThan(500_000)
    expect(await transfer(from, to, 8)).toBeLessThan(5_000)
    expect(statSync(join(at(to, 8), 'big')).ino).toBe(statSync(join(at(to, 7), 'big')).ino)
    expect(readFileSync(join(at(to, 7), 'code'), 'utf8')).toBe('one')
    expect(readFileSync(join(at(to, 8), 'code'), 'utf8')).toBe('two')
    // A second time nothing is sent but the list.
    expect(await transfer(from, to, 8)).toBeLessThan(5_000)
  })

  it('is refused, and leaves nothing, when a file arrives changed', async () => {
    const [from, to] = [folder(), folder()]
    release(from, 7, { code: 'the right content' })
    mkdirSync(appPaths(to, project).deploy, { recursive: true })
    const spoil = (bytes: Buffer): Buffer => Buffer.from(bytes.toString().replace('the right', 'the wrong'))
    const error = await failureOf(() => transfer(from, to, 7, spoil))
    expect(error).toMatchObject({ code: 'FLEET_RELEASE_DIFFERS' })
    expect(existsSync(at(to, 7))).toBe(false)
    expect(left(to)).toEqual([])
  })

  it('counts only when it is whole: the end of the line leaves nothing', async () => {
    const to = folder()
    mkdirSync(appPaths(to, project).deploy, { recursive: true })
    const input = new PassThrough()
    const files = [{ kind: 'file', path: 'code', mode: 0o644, size: 10, sha256: 'a'.repeat(64) }]
    input.end(`${JSON.stringify({ manifest: files, releases: [] })}\nhalf`)
    await expect(receiveRelease(to, project, 7, { input, output: new PassThrough() })).rejects.toThrow(
      'went away',
    )
    expect(existsSync(at(to, 7))).toBe(false)
    expect(left(to)).toEqual([])
  })
})

it.each(['/etc/passwd', '../state.json', 'lib/../../x', 'a//b', ''])(
  'refuses a manifest with the path %j',
  path => {
    expect(v.is(manifestSchema, [{ kind: 'folder', path, mode: 0o755 }])).toBe(false)
  },
)

describe('a release that is adopted', () => {
  it("is live in the lead's slot, and current", async () => {
    const home = folder()
    release(home, 6, {})
    release(home, 7, {})
    writeApp(home, project, { branch: null, live: null })
    adopt(home, project, { ...live, release: 6, slot: 'b' })
    expect(readApp(home, project).live).toMatchObject({ release: 6, slot: 'b' })
    // The lead has upgraded hot.
    adopt(home, project, { ...live, release: 7, slot: 'b' })
    expect(readApp(home, project).live).toMatchObject({ release: 7, slot: 'b' })
    expect(existsSync(join(appPaths(home, project).current, 'gatling.json'))).toBe(true)
    // The lead has swapped to the same release.
    adopt(home, project, { ...live, release: 7, slot: 'a' })
    expect(readApp(home, project).live).toMatchObject({ release: 7, slot: 'a' })
  })

  it('must have been received', () => {
    const home = folder()
    writeApp(home, project, { branch: null, live: null })
    expect(() => adopt(home, project, live)).toThrow('is not here')
    expect(readApp(home, project).live).toBeNull()
  })
})
