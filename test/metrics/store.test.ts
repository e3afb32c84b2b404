import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { count, emptyRow, parseRow, type Row, requestsIn, rowLine } from '../../src/metrics/row.js'
import { append, appendsOf, readRows, thin } from '../../src/metrics/store.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()
let folder = ''
beforeEach(() => {
  folder = join(newFolder(), 'shop')
})

/** Makes a minute with this many answers, some of them slow. */
const minute = (at: number, requests: number): Row => {
  const row = { ...emptyRow(at), cpu: 900, memory: 200_000 }
  for (let number = 0; number < requests; number++)
    count(row, { status: number % 50 === 0 ? 500 : 200, ms: 4 * 1.6 ** (number % 7), bytes: 5_000 })
  return row
}
const keep = (rows: readonly Row[]): void => appendsOf(folder, rows).forEach(append)
const requests = (from: number): number =>
  readRows(folder, from).reduce((sum, row) => sum + requestsIn(row), 0)

describe('a row', () => {
  it('is the same after writing and reading', () => {
    for (const row of [emptyRow(0), minute(29_394_720, 1_234), emptyRow(29_394_720)])
      expect(parseRow(rowLine(row).trimEnd())).toEqual(row)
  })

  it('is null if its line is cut off or is something else', () => {
    const line = rowLine(minute(29_394_720, 99)).trimEnd()
    for (const text of ['', 'x', line.slice(0, 12), `${line},`, `${line} 1`])
      expect(parseRow(text)).toBeNull()
  })
})

describe('the rows of an app', () => {
  const now = 29_394_720

  it('add up for the same minute, even if written separately', () => {
    keep([minute(now, 3)])
    keep([minute(now, 4), minute(now + 1, 5)])
    expect(readRows(folder, now).map(row => [row.at, requestsIn(row), row.cpu, row.memory])).toEqual([
      [now, 7, 1_800, 200_000],
      [now + 1, 5, 900, 200_000],
    ])
    expect(requests(now + 1)).toBe(5)
  })

  it('are appended once, even after several tries', () => {
    keep([minute(now, 3)])
    const again = appendsOf(folder, [minute(now, 4)])
    for (const one of again) appendFileSync(one.path, one.text.slice(0, 9))
    for (let tries = 0; tries < 3; tries++) again.forEach(append)
    expect(requests(0)).toBe(7)
  })

  it('survive a damaged line', () => {
    keep([minute(now, 3)])
    const [file = ''] = readdirSync(folder)
    writeFileSync(join(folder, file), `no row\n${readFileSync(join(folder, file), 'utf8')}hi0 1 2`)
    expect(requests(0)).toBe(3)
  })

  it('keep minutes for a day, hours for 30 days, then a sum', () => {
    const begin = now - 60 * 1_440
    for (let at = begin; at <= now; at += 7) keep([minute(at, 2)])
    const all = requests(0)
    thin(folder, now)
    expect(requests(0)).toBe(all)
    const rows = readRows(folder, 1)
    const fine = rows.filter(({ at }) => at >= now - 1_440)
    expect(fine.length).toBeGreaterThanOrEqual(Math.floor(1_440 / 7))
    expect(fine.every(row => requestsIn(row) === 2)).toBe(true)
    expect(rows.every(({ at }) => at >= now - 30 * 1_440 - 60)).toBe(true)
    expect(requestsIn(readRows(folder, 0)[0] ?? emptyRow(1))).toBeGreaterThan(0)
    thin(folder, now)
    expect(requests(0)).toBe(all)
  })

  it('count once after a crash between writing hours and removing their minutes', () => {
    for (let at = now - 3 * 1_440; at <= now; at += 5) keep([minute(at, 2)])
    const all = requests(0)
    const before = new Map(readdirSync(folder).map(file => [file, readFileSync(join(folder, file))]))
    thin(folder, now)
    for (const [file, text] of before) writeFileSync(join(folder, file), text)
    expect(requests(0)).toBe(all)
    thin(folder, now)
    expect(requests(0)).toBe(all)
  })

  it('take less than 100 MB for 500 apps that are busy every minute', () => {
    const rows = Array.from({ length: 32 * 1_440 }, (_, index) => minute(now - 32 * 1_440 + index, 40))
    for (let at = 0; at < rows.length; at += 1_440) {
      keep(rows.slice(at, at + 1_440))
      thin(folder, (rows[at]?.at ?? 0) + 1_440)
    }
    const bytes = readdirSync(folder).reduce(
      (sum, file) => sum + statSync(join(folder, file)).blocks * 512,
      0,
    )
    expect((bytes * 500) / 1e6).toBeLessThan(100)
  })
})
