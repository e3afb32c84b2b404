import { describe, expect, it } from 'vitest'
import { databaseFindings, endOfLife } from '../../src/doctor/app/database.js'

const database = { project: 'shop', cluster: { version: '17', name: 'shop', port: 5432 }, connections: 25 }
const well = { used: 10, wanted: 25, free: 50e9, total: 100e9 }
const levels = (seen: Partial<typeof well> | { used: null }): string[] =>
  databaseFindings(database, { ...well, ...seen }).map(({ level, text }) => `${level}: ${text}`)

describe('the database of an app', () => {
  it('is healthy when it answers, has room and has free connections', () => {
    expect(levels({})).toEqual(['ok: its database answers; 10 of 25 connections are open'])
  })

  it.each([
    [{ used: null }, 'problem: its database does not answer'],
    [
      { used: 20 },
      'warning: 20 of the 25 connections of its database are open; beyond that PostgreSQL refuses more',
    ],
    [
      { wanted: 65 },
      'warning: two instances with POOL_SIZE can open 65 connections, and its database takes 25',
    ],
    [
      { free: 9e9 },
      'problem: only 8.4 GB (9 %) are free where its database writes, /var/lib/postgresql/17/shop',
    ],
  ])('is reported with %j', (seen, text) => {
    expect(levels(seen)).toContain(text)
  })
})

describe('a version of PostgreSQL', () => {
  const said = (version: string, day: string): string[] =>
    endOfLife('shop', version, new Date(`${day}T00:00:00Z`)).map(({ text }) => text)

  it('is reported half a year before its last corrections', () => {
    expect(said('15', '2027-01-01')).toEqual([])
    expect(said('15', '2027-09-01')).toEqual(['PostgreSQL 15 gets its last corrections on 2027-11-11'])
    expect(said('15', '2028-01-01')).toEqual(['PostgreSQL 15 gets no corrections since 2027-11-11'])
  })

  it('is not reported when Gatling does not know it', () => {
    expect(said('42', '2050-01-01')).toEqual([])
  })
})
