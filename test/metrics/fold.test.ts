import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fold, foldedRows, type Sources } from '../../src/metrics/fold.js'
import { minuteMs, requestsIn } from '../../src/metrics/row.js'
import { temporaryFolders } from '../helpers/folder.js'
import { root } from '../helpers/world.js'

const newFolder = temporaryFolders()
let folder = ''
let sources: Sources
const projects = ['blog', 'shop']

beforeEach(() => {
  folder = newFolder()
  mkdirSync(join(folder, 'rows'))
  sources = {
    answers: join(folder, 'answers.log'),
    samples: join(folder, 'samples'),
    position: join(folder, 'position.json'),
    lock: join(folder, 'lock'),
    projects: () => projects,
    folderOf: project => join(folder, 'rows', project),
  }
})
afterEach(() => void vi.useRealTimers())

const now = Math.floor(Date.now() / minuteMs)
let serial = 0
/** Returns a line as nginx writes it. No two lines are the same. */
const line = (project: string, at: number, status = 200): string =>
  `${(at * 60 + (serial++ % 60_000) / 1_000).toFixed(3)} 127.0.0.1:20001|${status}|0.012|${project} a ${status} 0.013 500\n`
const log = (...lines: readonly string[]): void => appendFileSync(sources.answers, lines.join(''))
const requests = async (project = 'shop', from = 0): Promise<number> => {
  const rows = (await foldedRows(sources, projects, from)).get(project) ?? []
  return rows.reduce((sum, row) => sum + requestsIn(row), 0)
}

describe('a fold of the answers of nginx', () => {
  it('counts them by app and minute, including the current minute', async () => {
    log(line('shop', now - 2), line('shop', now - 2, 503), line('blog', now - 2), line('shop', now))
    const rows = (await foldedRows(sources, projects, 0)).get('shop') ?? []
    expect(rows.map(({ at, classes, bytes }) => ({ at, classes, bytes }))).toEqual([
      { at: now - 2, classes: [0, 1, 0, 0, 1], bytes: 1_000 },
      { at: now, classes: [0, 1, 0, 0, 0], bytes: 500 },
    ])
    expect(await requests('shop', now - 1)).toBe(1)
    expect(await requests('blog')).toBe(1)
  })

  it('counts each answer once, however often it runs', async () => {
    log(line('shop', now - 1), line('shop', now))
    for (let times = 0; times < 3; times++) {
      await fold(sources)
      expect(await requests()).toBe(2)
    }
    log(line('shop', now))
    expect(await requests()).toBe(3)
  })

  it('counts a half-written line once it is complete', async () => {
    const whole = line('shop', now - 1)
    log(line('shop', now - 1), whole.slice(0, 20))
    expect(await requests()).toBe(1)
    log(whole.slice(20))
    expect(await requests()).toBe(2)
  })

  it('counts a rotated log to its end and the new log from its beginning', async () => {
    log(line('shop', now - 3))
    expect(await requests()).toBe(1)
    log(line('shop', now - 3))
    renameSync(sources.answers, `${sources.answers}.1`)
    expect(await requests()).toBe(2)
    log(line('shop', now - 2))
    expect(await requests()).toBe(3)
    // Both rotations come between two reads.
    renameSync(sources.answers, `${sources.answers}.1`)
    log(line('shop', now - 2), line('shop', now - 1))
    expect(await requests()).toBe(5)
  })

  it('counts each answer once if the log is copied and truncated', async () => {
    log(line('shop', now - 3), line('shop', now - 3))
    expect(await requests()).toBe(2)
    writeFileSync(`${sources.answers}.1`, readFileSync(sources.answers))
    writeFileSync(sources.answers, '')
    expect(await requests()).toBe(2)
    log(line('shop', now - 2))
    expect(await requests()).toBe(3)
  })

  it('counts only lines with a known app', async () => {
    log(
      `${now * 60 - 60}.000 127.0.0.1:20001|200\n`,
      line('', now - 1),
      line('../../etc', now - 1),
      line('gone', now - 1),
      'nonsense\n',
      line('shop', now - 1),
    )
    expect(await requests()).toBe(1)
    expect(await requests('gone')).toBe(0)
  })
})

it('a fold adds the processor time and memory of each app', async () => {
  writeFileSync(
    sources.samples,
    `${now - 1} shop 900 120000\n${now - 1} blog 5 10\n${now} shop 800 130000\nno sample\n`,
  )
  log(line('shop', now - 1))
  const rows = (await foldedRows(sources, projects, 0)).get('shop') ?? []
  expect(rows.map(({ at, cpu, memory }) => ({ at, cpu, memory }))).toEqual([
    { at: now - 1, cpu: 900, memory: 120_000 },
    { at: now, cpu: 800, memory: 130_000 },
  ])
})

it('a fold completes the rows of a killed fold', async () => {
  log(line('shop', now - 2), line('shop', now - 1))
  await fold(sources)
  const path = join(folder, 'rows', 'shop', `minutes-${Math.floor((now - 1) / 360)}`)
  const before = readFileSync(path, 'utf8')
  log(line('shop', now - 1), line('blog', now - 1))
  await fold(sources)
  const after = readFileSync(path, 'utf8')
  const position = JSON.parse(readFileSync(sources.position, 'utf8'))
  const pending = [{ path, at: before.length, text: after.slice(before.length) }]
  for (const there of [before, after.slice(0, -5), after]) {
    writeFileSync(path, there)
    writeFileSync(sources.position, JSON.stringify({ ...position, pending }))
    expect(await requests()).toBe(3)
    expect(readFileSync(path, 'utf8')).toBe(after)
  }
})

it('a fold drops pending rows of an app that was unloaded since', async () => {
  await fold(sources)
  const path = join(folder, 'rows', 'gone', 'minutes-1')
  const pending = [{ path, at: 0, text: 'a row' }]
  writeFileSync(sources.position, JSON.stringify({ answers: null, samples: null, pending }))
  await fold(sources)
  expect(existsSync(path)).toBe(false)
})

it('killed folds count nothing twice and lose nothing', async () => {
  const script = `const { fold } = await import('${root}dist/metrics/fold.js')
const folder = ${JSON.stringify(folder)}
process.stdout.write('ready')
await fold({ answers: folder + '/answers.log', samples: folder + '/samples', position: folder + '/position.json', lock: folder + '/lock',
  projects: () => ${JSON.stringify(projects)}, folderOf: project => folder + '/rows/' + project })`
  let [written, killed] = [0, 0]
  for (let round = 0; round < 12; round++) {
    if (round % 5 === 4) {
      rmSync(`${sources.answers}.1`, { force: true })
      await fold(sources)
      renameSync(sources.answers, `${sources.answers}.1`)
    }
    const lines = Array.from({ length: 1_000 }, (_, at) =>
      line(projects[at % 2] ?? '', now - 400 + (at % 390)),
    )
    log(...lines)
    written += lines.length
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const timer = setTimeout(() => child.kill('SIGKILL'), round * 4)
    const [, signal] = await once(child, 'exit')
    clearTimeout(timer)
    if (signal === 'SIGKILL') killed++
  }
  expect(killed).toBeGreaterThan(0)
  expect((await requests('shop')) + (await requests('blog'))).toBe(written)
}, 60_000)
