import { describe, expect, it } from 'vitest'
import { judge } from '../../src/databases/backups/health.js'
import { overdue } from '../../src/databases/backups/tidy.js'
import { pathBeside } from '../../src/databases/sqlite/file.js'
import type { SqliteFile } from '../../src/state/sqlite.js'

const file = (label: string, from: string, until: string | null): SqliteFile => ({
  label,
  path: `/data/shop.${label}.db`,
  made_at: from,
  from: null,
  state: 'there',
  served: [{ from, until }],
})
const now = new Date('2026-11-28T12:00:00Z')

describe('the SQLite file of an app', () => {
  it('is restored beside the live one', () => {
    expect(pathBeside('/data/shop.db', 'r1')).toBe('/data/shop.r1.db')
    expect(pathBeside('/data/shop.r1.db', 'r2')).toBe('/data/shop.r2.db')
    expect(pathBeside('/data/my.shop', 'r1')).toBe('/data/my.r1.shop')
    expect(pathBeside('/data/shop', 'r1')).toBe('/data/shop.r1')
    expect(pathBeside('/data/.db', 'r1')).toBe('/data/.db.r1')
  })

  it('stays for 7 days after another one was promoted', () => {
    const old = file('r0', '2026-11-01T00:00:00.000Z', '2026-11-20T00:00:00.000Z')
    const serving = file('r1', '2026-11-20T00:00:00.000Z', null)
    expect(overdue({ copies: [old, serving] }, now)).toEqual([{ copy: old, what: 'remove' }])
    expect(overdue({ copies: [old, serving] }, new Date('2026-11-26T23:00:00Z'))).toEqual([])
  })

  it('is in trouble while it has no backup', () => {
    const texts = judge('shop', null, [], null, now).troubles.map(({ text }) => text)
    expect(texts).toEqual(['the database has no backup'])
  })
})
