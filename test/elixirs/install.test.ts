import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type InstallOptions, installElixir } from '../../src/stacks/phoenix/elixirs/install.js'
import { installedElixirs, removeElixir } from '../../src/stacks/phoenix/elixirs/installed.js'
import { otpOn } from '../../src/stacks/phoenix/elixirs/on-path.js'
import { archiveOf, sha256, sumOf, zipOf } from '../helpers/elixir-archive.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { bin, run } from '../helpers/world.js'

const temporary = temporaryFolders()
const machine = otpOn(process.env['PATH']) ?? 0
const file = `elixir-otp-${Math.min(machine, 27)}.zip`
const otp = Math.min(machine, 27)
const good = archiveOf('1.18.4')

/** A mirror. `answer` answers its requests; without it the mirror sends what is in `files`. */
let answer: RequestListener | null = null
let files: Record<string, Buffer | string> = {}
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  if (answer !== null) return answer(request, response)
  const found = files[request.url ?? '']
  response.statusCode = found === undefined ? 404 : 200
  return response.end(found ?? 'not there')
})
beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
const mirror = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases`
const asUsual: Partial<InstallOptions> = {}
const serve = (found: typeof files) => {
  files = found
  return asUsual
}
const answerBy = (listener: RequestListener) => {
  answer = listener
  return asUsual
}
const publish = (archive: Buffer, sum = sumOf(archive, file)) =>
  serve({ [`/releases/v1.18.4/${file}`]: archive, [`/releases/v1.18.4/${file}.sha256sum`]: sum })

let folder = ''
beforeEach(() => {
  folder = join(temporary(), 'elixir')
  answer = null
  asked = []
  publish(good)
})
const install = (more: Partial<InstallOptions> = {}) =>
  installElixir({
    folder,
    version: '1.18.4',
    mirror: mirror(),
    from: null,
    sha256: null,
    forAll: false,
    ...more,
  })
const name = `1.18.4-otp-${otp}`

describe('an Elixir is installed', () => {
  it("from a mirror, for this machine's Erlang, readable for everybody", async () => {
    const seen: number[] = []
    const { installed, isNew } = await install({ progress: got => seen.push(got) })
    expect(installed).toEqual({ name, version: '1.18.4', otp, path: join(folder, name) })
    expect(isNew).toBe(true)
    expect(seen.at(-1)).toBe(good.length)
    expect((await run([join(folder, name, 'bin', 'elixir'), '--version'])).stdout).toContain('Elixir 1.18.4')
    const modes = ['', 'bin', 'lib/elixir', 'bin/mix', 'lib/elixir/ebin/elixir.app'].map(
      path => statSync(join(folder, name, path)).mode & 0o777,
    )
    expect(modes).toEqual([0o755, 0o755, 0o755, 0o755, 0o644])
    expect(readdirSync(folder)).toEqual([name])
  })

  it('once: the second install does not ask the mirror', async () => {
    await install()
    asked = []
    expect((await install()).isNew).toBe(false)
    expect(asked).toEqual([])
  })

  it('in the newest known version when only its beginning is given', async () => {
    expect((await install({ version: '1.18' })).installed.version).toBe('1.18.4')
  })

  it.each(['beside it', 'given'])('from a file, with a checksum %s', async where => {
    const from = join(temporary(), 'copied.zip')
    writeFileSync(from, good)
    if (where === 'beside it') writeFileSync(`${from}.sha256sum`, sumOf(good, file))
    await install({ from, sha256: where === 'given' ? sha256(good).toUpperCase() : null })
    expect(installedElixirs(folder).map(one => one.name)).toEqual([name])
    expect(asked).toEqual([])
  })

  it('once when two installs run at the same time', async () => {
    const home = temporary()
    const one = () =>
      run([process.execPath, bin, 'elixir', 'install', '1.18.4', '--mirror', mirror()], {
        env: { GATLING_HOME: home },
      })
    const ended = await Promise.all([one(), one()])
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    expect(readdirSync(join(home, 'elixir'))).toEqual([name])
    expect((await run([join(home, 'elixir', name, 'bin', 'elixir'), '--version'])).code).toBe(0)
  })

  it('and the leftovers of a killed install are removed', async () => {
    const dead = (await run(['sh', '-c', 'echo $$'])).stdout.trim()
    for (const pid of [dead, process.ppid])
      mkdirSync(join(folder, `.1.17.3-otp-25.${pid}.new`, 'bin'), { recursive: true })
    await install()
    expect(readdirSync(folder)).toEqual([`.1.17.3-otp-25.${process.ppid}.new`, name])
  })
})

/** Announces its length, and ends before it. */
const cutOff: RequestListener = (request, response) => {
  if (request.url?.endsWith('sum')) return response.end(sumOf(good, file))
  response.writeHead(200, { 'content-length': good.length })
  return response.write(good.subarray(0, 500), () => response.destroy())
}

/** Makes an archive whose directory claims 1 GB (APPNOTE.TXT, 4.3.12: 24 bytes behind the signature). */
const huge = (): Buffer => {
  const archive = Buffer.from(good)
  archive.writeUInt32LE(2 ** 30, archive.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24)
  return archive
}

describe('a failed install leaves nothing behind and keeps the old Elixir', () => {
  it.each<[string, string, () => Partial<InstallOptions>]>([
    ['is missing', 'ELIXIR_UNREACHED', () => serve({})],
    ['has no checksum file', 'ELIXIR_UNREACHED', () => serve({ [`/releases/v1.18.4/${file}`]: good })],
    [
      'is behind a server that fails',
      'ELIXIR_UNREACHED',
      () => answerBy((_, { socket }) => void socket?.destroy()),
    ],
    ['is cut off', 'ELIXIR_UNREACHED', () => answerBy(cutOff)],
    [
      'has a mirror that does not answer',
      'ELIXIR_UNREACHED',
      () => ({ mirror: 'http://127.0.0.1:1/releases' }),
    ],
    ['is a missing file', 'ELIXIR_UNREACHED', () => ({ from: '/nowhere', sha256: '0'.repeat(64) })],
    ['has a checksum file without a checksum', 'ELIXIR_UNCHECKED', () => publish(good, '<html>')],
    ['was changed', 'ELIXIR_CHECKSUM', () => publish(archiveOf('1.18.4', { more: 'x' }), sumOf(good, file))],
    ['has another checksum than is given', 'ELIXIR_CHECKSUM', () => ({ sha256: '0'.repeat(64) })],
    ['is not a zip', 'ELIXIR_ARCHIVE', () => publish(Buffer.from('<html>'))],
    ['was published cut off', 'ELIXIR_ARCHIVE', () => publish(good.subarray(0, good.length / 2))],
    [
      'has a path out of its folder',
      'ELIXIR_ARCHIVE',
      () => publish(archiveOf('1.18.4', { '../../evil': 'x' })),
    ],
    ['has an absolute path', 'ELIXIR_ARCHIVE', () => publish(archiveOf('1.18.4', { '/etc/evil': 'x' }))],
    ['would be far too large', 'ELIXIR_ARCHIVE', () => publish(huge())],
    ['has no elixir', 'ELIXIR_ARCHIVE', () => publish(zipOf({ 'elixir-1.18.4/bin/elixir': 'x' }))],
    ['has no mix', 'ELIXIR_ARCHIVE', () => publish(zipOf({ 'bin/elixir': 'x' }))],
    ['is of another version', 'ELIXIR_ARCHIVE', () => publish(archiveOf('1.18.3'))],
    [
      'does not run',
      'ELIXIR_ARCHIVE',
      () => publish(archiveOf('1.18.4', { 'bin/elixir': '#!/bin/sh\nexit 1\n' })),
    ],
    ['is for a newer Erlang', 'ELIXIR_OTP', () => ({ version: `1.18.4-otp-${machine + 1}` })],
    ['is for an older Erlang', 'ELIXIR_OTP', () => ({ version: machine > 26 ? '1.15.8' : '1.20.4' })],
    ['is not a version', 'ELIXIR_VERSION', () => ({ version: 'latest' })],
    ['is older than archives by OTP', 'ELIXIR_VERSION', () => ({ version: '1.13.4' })],
  ])('when the new Elixir %s', async (_, code, wrong) => {
    await mkOld()
    const more = wrong()
    const error = await failureOf(() => install(more))
    expect(error.code, error.message).toBe(code)
    expect(readdirSync(folder)).toEqual(['1.17.3-otp-25'])
    expect(existsSync(join(folder, '..', 'evil'))).toBe(false)
    expect(installedElixirs(folder).map(({ version }) => version)).toEqual(['1.17.3'])
  })

  const mkOld = async (): Promise<void> => {
    const old = join(folder, '1.17.3-otp-25', 'bin')
    mkdirSync(old, { recursive: true })
    writeFileSync(join(old, 'elixir'), '')
  }

  it('when the disk is full', async () => {
    mkdirSync(folder)
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    expect(mounted.code, `${mounted.text}: this test needs the right to mount a tmpfs`).toBe(0)
    try {
      // It packs well, so the archive is small and the unpacked file is not.
      publish(archiveOf('1.18.4', { 'lib/long': 'x'.repeat(1_000_000) }))
      await expect(install()).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(readdirSync(folder)).toEqual([])
    } finally {
      await run(['umount', folder])
    }
  })

  it('when there is no Erlang', async () => {
    const { code, text } = await run([process.execPath, bin, 'elixir', 'install', '1.18.4'], {
      env: { GATLING_HOME: temporary(), PATH: '/nowhere' },
    })
    expect(code).toBe(1)
    expect(text).toContain('ERLANG_MISSING')
  })
})

describe('an Elixir is removed', () => {
  it('for every OTP or for one', () => {
    for (const one of ['1.18.4-otp-25', '1.18.4-otp-27', '1.17.3-otp-25', '1.17.3-otp-27']) {
      mkdirSync(join(folder, one, 'bin'), { recursive: true })
      writeFileSync(join(folder, one, 'bin', 'elixir'), '')
    }
    expect(removeElixir(folder, '1.18.4')).toEqual(['1.18.4-otp-27', '1.18.4-otp-25'])
    expect(removeElixir(folder, '1.17.3-otp-27')).toEqual(['1.17.3-otp-27'])
    expect(readdirSync(folder)).toEqual(['1.17.3-otp-25'])
  })

  it('only if it is installed', async () => {
    expect(await failureOf(() => removeElixir(folder, '1.18.4'))).toMatchObject({ code: 'ELIXIR_UNKNOWN' })
  })
})
