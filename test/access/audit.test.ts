import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  auditPath,
  byKey,
  type Entry,
  noteDeploy,
  noteRefused,
  noting,
  readAudit,
} from '../../src/access/audit.js'
import { GatlingError } from '../../src/core/error.js'
import { createRun, finishRun } from '../../src/state/runs.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run, until } from '../helpers/world.js'

const newFolder = temporaryFolders()
let home = ''
let path = ''
beforeEach(() => {
  home = newFolder()
  path = auditPath(home)
})

const by = { who: 'jane', from: '192.0.2.7', key: null }
const said = { action: 'config set', project: 'shop', detail: 'A' }
const note = (work: () => Promise<number>, what = said) => noting(path, by, what, work)
const rows = () => readAudit(home).map(({ id: _, at: _at, ...row }) => row)

describe('the audit', () => {
  it('records who did what, from where, and how it ended', async () => {
    expect(await note(async () => 0)).toBe(0)
    expect(await note(async () => 1)).toBe(1)
    const refused = note(async () => {
      throw new GatlingError('KEY_MAY_NOT', { message: 'no', hint: '' })
    })
    await expect(refused).rejects.toThrow('no')
    const row = { ...by, ...said }
    expect(rows()).toEqual([
      { ...row, outcome: 'ok', code: null },
      { ...row, outcome: 'failed', code: null },
      { ...row, outcome: 'refused', code: 'KEY_MAY_NOT' },
    ])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is written before a command runs; the deploy records how its push ended', async () => {
    await note(
      async () => {
        expect(rows()).toMatchObject([{ action: 'push', outcome: null }])
        return 0
      },
      { ...said, action: 'push' },
    )
    expect(rows()).toMatchObject([{ action: 'push', outcome: null }])
  })

  it('appends one line at a time, even after a line that was cut off', async () => {
    await note(async () => 0)
    const before = readFileSync(path, 'utf8')
    appendFileSync(path, '{"id":"cut o')
    await note(async () => 0)
    expect(readFileSync(path, 'utf8').startsWith(before)).toBe(true)
    expect(rows()).toHaveLength(2)
  })

  it('keeps one file of 8 MB and four older ones', async () => {
    await note(async () => 0)
    for (let count = 0; count < 7; count++) {
      appendFileSync(path, `${' '.repeat(8 * 1024 * 1024)}\n`)
      await note(async () => 0)
    }
    for (const [name, there] of [
      ['.1', true],
      ['.4', true],
      ['.5', false],
    ] as const)
      expect(existsSync(`${path}${name}`)).toBe(there)
    expect(statSync(path).size).toBeLessThan(10_000)
    expect(rows()).toHaveLength(5)
  })

  it('does not stop a command that it cannot record, and makes no folder', async () => {
    mkdirSync(path)
    expect(await note(async () => 0)).toBe(0)
    const nowhere = join(home, 'nowhere', 'audit.jsonl')
    expect(await noting(nowhere, by, said, async () => 0)).toBe(0)
    expect(existsSync(join(home, 'nowhere'))).toBe(false)
  })

  it('does not record a command that changes nothing', async () => {
    expect(await noting(path, by, null, async () => 3)).toBe(3)
    expect(existsSync(path)).toBe(false)
  })

  it('records how a deploy ended and who asked for it', () => {
    const request = { revision: 'a'.repeat(40), expected: null, branch: 'main', pusher: 'ann', subject: '' }
    const number = createRun(home, 'shop', { ...request, task: 'push' })
    noteDeploy(home, 'shop', number)
    expect(rows()).toEqual([])
    const error = { code: 'COMMAND_FAILED', text: 'secret output', hint: '' }
    const result = { outcome: 'failed', mode: null, step: 'mix_compile', ms: 1, at: '' } as const
    finishRun(home, 'shop', number, { ...result, steps: [], error })
    noteDeploy(home, 'shop', number)
    const row: Partial<Entry> = { who: 'ann', project: 'shop', action: 'deploy', outcome: 'failed' }
    expect(rows()).toMatchObject([
      { ...row, code: 'COMMAND_FAILED', detail: 'deploy 1 of aaaaaaa, asked for by ann' },
    ])
    noteDeploy(home, 'shop', 9)
    expect(rows()[1]).toMatchObject({ action: 'unload', detail: 'deploy 9', outcome: 'ok' })
  })

  it('tells deploy 1 of a recreated app from deploy 1 of the old one', async () => {
    const request = { revision: 'a'.repeat(40), expected: null, branch: 'main', pusher: 'ann', subject: '' }
    const ended = { outcome: 'ok', mode: 'start', step: null, ms: 1, at: '', error: null } as const
    for (const pusher of ['ann', 'bob']) {
      const number = createRun(home, 'shop', { ...request, task: 'push', pusher })
      finishRun(home, 'shop', number, { ...ended, steps: [] })
      noteDeploy(home, 'shop', 1)
      rmSync(join(home, 'apps', 'shop'), { recursive: true })
      // An entry is known by its number and the ms of its request.
      const now = Date.now()
      await until(() => Date.now() > now, 'the next ms', 5_000)
    }
    expect(rows().map(({ who }) => who)).toEqual(['ann', 'bob'])
  })

  it('records a deploy that was refused before its first step', () => {
    const request = { revision: 'a'.repeat(40), expected: null, branch: 'main', pusher: 'ann', subject: '' }
    const ended = { mode: null, step: null, ms: 1, at: '' } as const
    const steps = [{ step: 'mix_compile', ms: 1, ok: true }]
    const error = { code: 'REVISION_BAD', text: '', hint: '' }
    for (const ends of [{ steps: [] }, { steps }, { steps: [] }]) {
      const number = createRun(home, 'shop', { ...request, task: 'push' })
      finishRun(home, 'shop', number, { ...ended, ...ends, outcome: 'failed', error })
    }
    createRun(home, 'shop', { ...request, task: 'push' })
    noteRefused(home, 'shop', 1)
    expect(rows().map(({ detail, code }) => [detail.slice(0, 8), code])).toEqual([
      ['deploy 3', 'REVISION_BAD'],
    ])
  })

  it('keeps the entries of others when one app writes a flood', async () => {
    await note(async () => 0)
    noteDeploy(home, 'blog', 1)
    const flood = join(home, 'deploys-shop.jsonl')
    for (let count = 1; count <= 9; count++) {
      noteDeploy(home, 'shop', count)
      appendFileSync(flood, `${' '.repeat(1024 * 1024)}\n`)
    }
    expect(rows().map(({ project, action }) => `${project} ${action}`)).toEqual([
      'shop config set',
      'blog unload',
      'shop unload',
      'shop unload',
    ])
    expect(existsSync(`${flood}.2`)).toBe(false)
  })

  it('names a key by the fingerprint that ssh-keygen prints', async () => {
    const file = join(home, 'key')
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'laptop', '-f', file])
    const key = readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
    const known = { name: 'laptop', key, apps: 'all', can: ['admin'], added: '' } as const
    const { key: print } = byKey('laptop', [{ ...known, can: [...known.can] }])
    expect((await run(['ssh-keygen', '-lf', `${file}.pub`])).stdout).toContain(` ${print} `)
    writeFileSync(file, '')
  })
})
