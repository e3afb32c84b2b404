import { describe, expect, it } from 'vitest'
import {
  hasOwnBackup,
  nextLabel,
  servedBefore,
  servedBy,
  servingAt,
  servingOf,
  withCopy,
  withoutCopy,
} from '../../src/databases/backups/copies.js'
import { parseCounts } from '../../src/databases/backups/counts.js'
import { parseAll, parseInfo } from '../../src/databases/backups/repository.js'
import { overdue } from '../../src/databases/backups/tidy.js'
import { reasonsIn } from '../../src/databases/backups/tool.js'
import { differences } from '../../src/databases/backups/verify.js'
import type { Backups, Copy } from '../../src/state/backups.js'

/** Returns the output of pgBackRest 2.55, shortened. */
const info = (status: object): string =>
  JSON.stringify([
    {
      archive: [{ database: { id: 1, 'repo-key': 1 }, id: '17-1', max: null, min: null }],
      backup: [
        {
          archive: { start: '000000010000000000000002', stop: '000000010000000000000003' },
          database: { id: 1, 'repo-key': 1 },
          error: false,
          info: { delta: 23382430, repository: { delta: 2776464, size: 2776464 }, size: 23382430 },
          label: '20261128-005546F',
          lsn: { start: '0/2000028', stop: '0/3000100' },
          prior: null,
          timestamp: { start: 1795827346, stop: 1795827350 },
          type: 'full',
        },
      ],
      name: 'shop',
      status,
    },
  ])

describe('the output of pgbackrest info', () => {
  it('is parsed', () => {
    expect(parseInfo('shop', info({ code: 0, message: 'ok', lock: { backup: { held: true } } }))).toEqual({
      backups: [
        {
          id: '20261128-005546F',
          place: 'here',
          stanza: 'shop',
          kind: 'full',
          startedAt: new Date('2026-11-28T00:55:46Z'),
          endedAt: new Date('2026-11-28T00:55:50Z'),
          endLsn: '0/3000100',
          databaseSize: 23382430,
          size: 2776464,
          damaged: false,
        },
      ],
      busy: true,
      trouble: null,
    })
  })

  it('is trouble, unless there is only no backup yet', () => {
    expect(parseInfo('shop', info({ code: 2, message: 'no valid backups' })).trouble).toBeNull()
    expect(parseInfo('shop', info({ code: 99, message: 'other' })).trouble).toBe('other')
  })

  it('is parsed for all clusters of a storage, with their versions', () => {
    const { backups, trouble } = parseAll(
      info({ code: 0, message: 'ok' }).replace('"archive"', '"db":[{"id":1,"version":"17"}],"archive"'),
    )
    expect(backups).toMatchObject([
      { id: '20261128-005546F', place: 'storage', stanza: 'shop', version: '17' },
    ])
    expect(trouble).toBeNull()
    const status = { code: 99, message: '[CryptoError] unable to decrypt' }
    const text = info({ code: 99, message: 'other' }).replace(
      '"archive"',
      `"repo":[{"status":${JSON.stringify(status)}}],"archive"`,
    )
    expect(parseAll(text).trouble).toBe('[CryptoError] unable to decrypt')
  })

  it('is a sentence when a storage refused', () => {
    const said = `ERROR: [039]: HTTP request failed with 403 (Forbidden):
      *** Request Headers ***:
      authorization: <redacted>
      <Error><Code>InvalidAccessKeyId</Code><Message>There is no such key.</Message></Error>`
    expect(reasonsIn(said)).toEqual(['the storage answered: There is no such key. (InvalidAccessKeyId)'])
    expect(reasonsIn('2026-11-28 05:03:18.122 P00  ERROR: [049]: unable to connect')).toEqual([
      'ERROR: [049]: unable to connect',
    ])
  })

  it('is refused when it is something else or of another cluster', () => {
    expect(() => parseInfo('shop', 'ERROR: [055]')).toThrow('pgbackrest info of shop')
    expect(() => parseInfo('store', info({ code: 0, message: 'ok' }))).toThrow('pgbackrest info of store')
  })
})

const counts = parseCounts([
  ['{"lsn" : "0/15016368"}'],
  ['{"busy" : [16387, 1259]}'],
  ['{"oid" : 16402, "name" : "public.\\"Odd name\\"", "rows" : 3}'],
  ['{"oid" : 16387, "name" : "public.notes", "rows" : 10000}'],
  ['{"oid" : 16400, "name" : "public.large", "rows" : null}'],
])
const found = (rows: Readonly<Record<string, number>>) => ({
  lsn: '',
  tables: Object.entries(rows).map(([name, count]) => ({ name, rows: count, busy: false })),
})

describe('the proof of a backup', () => {
  it('counts every table as busy when no moment was quiet', () => {
    const { tables } = parseCounts([
      ['{"busy" : null}'],
      ['{"oid" : 1, "name" : "public.notes", "rows" : 3}'],
    ])
    expect(tables).toEqual([{ name: 'public.notes', rows: 3, busy: true }])
  })

  it('knows the busy tables, to which somebody wrote', () => {
    expect(counts).toEqual({
      lsn: '0/15016368',
      tables: [
        { name: 'public."Odd name"', rows: 3, busy: false },
        { name: 'public.notes', rows: 10_000, busy: true },
        { name: 'public.large', rows: null, busy: false },
      ],
    })
  })

  it('holds when all rows are there and only a busy table differs', () => {
    const same = { 'public."Odd name"': 3, 'public.notes': 10_002, 'public.large': 7 }
    expect(differences(counts, found(same))).toEqual([])
  })

  it('fails for a lost row, a missing table and an empty table', () => {
    expect(differences(counts, found({ 'public."Odd name"': 2, 'public.notes': 0 }))).toEqual([
      'public."Odd name" has 2 rows, and had 3',
      'public.notes has 0 rows, and had 10000',
      'public.large is missing',
    ])
  })
})

describe('the databases of an app', () => {
  const copy = (label: string, from: string, until: string | null): Copy => ({
    label,
    cluster: { version: '17', name: `shop.${label}`, port: 5432 },
    made_at: from,
    from: null,
    state: 'there',
    served: [{ from, until }],
  })
  const known: Backups = {
    copies: [
      copy('r0', '2026-11-01T00:00:00.000Z', '2026-11-20T00:00:00.000Z'),
      copy('r2', '2026-11-20T00:00:00.000Z', null),
    ],
    copied: 0,
    promoting: 'r0',
    last: null,
    good_at: null,
    proof: null,
    proved: {},
    counts: {},
    points: [],
    local_only: false,
    storage: null,
  }

  it('include the one that served at a given time', () => {
    expect(servingOf(known)?.label).toBe('r2')
    expect(servingAt(known, new Date('2026-11-10T00:00:00Z'))?.label).toBe('r0')
    expect(servingAt(known, new Date('2026-11-20T00:00:00Z'))?.label).toBe('r2')
    expect(servingAt(known, new Date('2026-10-01T00:00:00Z'))).toBeNull()
  })

  it('show whether the promoted one has its own backup, and what served before', () => {
    expect(hasOwnBackup(known)).toBe(false)
    expect(hasOwnBackup({ ...known, good_at: '2026-11-19T23:59:00.000Z' })).toBe(false)
    // pgBackRest knows whole seconds.
    expect(hasOwnBackup({ ...known, good_at: '2026-11-19T23:59:59.000Z' })).toBe(true)
    expect(servedBefore(known)).toBe('r0')
    expect(servedBefore(servedBy(known, 'r0', '2026-11-21T00:00:00.000Z'))).toBe('r2')
  })

  it('never reuse the name of a removed one', () => {
    expect(nextLabel(known)).toBe('r3')
    const more = withCopy(known, copy('r3', '2026-11-21T00:00:00.000Z', null))
    expect(nextLabel(withoutCopy(more, 'r3'))).toBe('r4')
  })

  it('can serve again', () => {
    const back = servedBy(known, 'r0', '2026-11-21T00:00:00.000Z')
    expect(back.promoting).toBeNull()
    expect(servingOf(back)?.label).toBe('r0')
    expect(servingAt(back, new Date('2026-11-20T12:00:00Z'))?.label).toBe('r2')
    expect(servingAt(back, new Date('2026-11-22T00:00:00Z'))?.label).toBe('r0')
  })
})

describe('the databases that do not serve', () => {
  const copy = (label: string, state: Copy['state'], served: Copy['served']): Copy => ({
    label,
    cluster: { version: '17', name: `shop.${label}`, port: 5432 },
    made_at: '2026-11-01T00:00:00.000Z',
    from: null,
    state,
    served,
  })
  const until = (day: string) => [{ from: '2026-10-01T00:00:00.000Z', until: `2026-11-${day}T00:00:00.000Z` }]
  const found = (...copies: Copy[]) =>
    overdue({ copies }, new Date('2026-11-20T00:00:00Z')).map(({ copy, what }) => `${what} ${copy.label}`)

  it('are removed after 7 days, and their backups after 14', () => {
    expect(found(copy('r0', 'there', until('12')), copy('r1', 'gone', until('05')))).toEqual([
      'remove r0',
      'forget r1',
    ])
    expect(found(copy('r0', 'there', until('14')), copy('r1', 'gone', until('07')))).toEqual([])
  })

  it('are removed 7 days after they were made if they never served', () => {
    expect(found(copy('r1', 'there', []))).toEqual(['remove r1'])
  })

  it('stay while the upgrade from them is unfinished', () => {
    const serves = {
      ...copy('r1', 'there', [{ from: '2026-11-05T00:00:00.000Z', until: null }]),
      upgraded_from: 'r0',
    }
    expect(found(copy('r0', 'there', until('05')), serves)).toEqual([])
    expect(found(copy('r0', 'gone', until('05')), serves)).toEqual(['forget r0'])
  })

  it('do not include the live one or one that is being made', () => {
    const serves = [{ from: '2026-10-01T00:00:00.000Z', until: null }]
    expect(found(copy('r0', 'there', [...until('05'), ...serves]), copy('r1', 'making', []))).toEqual([])
  })
})
