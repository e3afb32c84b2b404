import { describe, expect, it } from 'vitest'
import { judge } from '../../src/databases/backups/health.js'
import type { Backups } from '../../src/state/backups.js'

const now = new Date('2026-11-28T12:00:00Z')
const good: Backups = {
  copies: [
    {
      label: 'r0',
      cluster: { version: '17', name: 'shop', port: 5432 },
      made_at: '2026-10-01T00:00:00.000Z',
      from: null,
      state: 'there',
      served: [{ from: '2026-10-01T00:00:00.000Z', until: null }],
    },
  ],
  copied: 0,
  promoting: null,
  last: { at: '2026-11-28T03:10:00.000Z', trouble: null },
  good_at: '2026-11-28T03:05:00.000Z',
  proof: { at: '2026-11-22T06:00:00.000Z', trouble: null, backup: 'b' },
  proved: { b: '2026-11-22T06:00:00.000Z' },
  counts: {},
  points: [],
  local_only: false,
  storage: null,
}
const archives = { failing: false, since: '' }
const troubles = (
  known: Partial<Backups>,
  losses: Parameters<typeof judge>[2] = [],
  archiver: Parameters<typeof judge>[3] = archives,
) => judge('shop', { ...good, ...known }, losses, archiver, now).troubles.map(({ text }) => text)

describe('the backups of a database', () => {
  it('are healthy when the last backup, the archive and the proof are good', () => {
    expect(judge('shop', good, [], archives, now)).toEqual({
      backup_at: '2026-11-28T03:05:00.000Z',
      proved_at: '2026-11-22T06:00:00.000Z',
      troubles: [],
    })
  })

  it('are in trouble without a backup or after a failed one', () => {
    expect(judge('shop', null, [], null, now).troubles.map(({ text }) => text)).toEqual([
      'the database has no backup',
    ])
    const last = { at: '2026-11-28T03:10:00.000Z', trouble: 'pgBackRest failed:\n  ERROR' }
    expect(troubles({ last })).toEqual([
      'the last backup failed, 2026-11-28 03:10 UTC: pgBackRest failed: ERROR',
    ])
  })

  it('are in trouble until the promoted database has its own backup', () => {
    const copies = good.copies.map(copy => ({
      ...copy,
      served: [{ from: '2026-11-28T09:00:00.000Z', until: null }],
    }))
    expect(troubles({ copies })).toEqual([
      'the database that serves since 2026-11-28 09:00 UTC has no backup',
    ])
    expect(troubles({ copies, good_at: '2026-11-28T09:00:00.000Z' })).toEqual([])
  })

  it('are in trouble when the last one is older than a day and its spread', () => {
    expect(troubles({ good_at: '2026-11-27T10:01:00.000Z' })).toEqual([])
    expect(troubles({ good_at: '2026-11-27T09:59:00.000Z' })).toEqual([
      'the last good backup is of 2026-11-27 09:59 UTC',
    ])
  })

  it('are in trouble while changes are not archived, or after lost changes', () => {
    expect(troubles({}, [], { failing: true, since: '2026-11-28 11:00 UTC' })[0]).toContain(
      'no changes are archived since 2026-11-28 11:00 UTC',
    )
    const lost = (at: string) => troubles({}, [{ at: new Date(at), stanza: 'shop', place: 'everywhere' }])
    expect(lost('2026-11-28T11:00:00Z')[0]).toContain('changes until 2026-11-28 11:00 UTC were not archived')
    expect(lost('2026-11-28T02:00:00Z')).toEqual([])
  })

  it('are in trouble when the last proof failed or is too old', () => {
    const at = '2026-11-22T06:00:00.000Z'
    expect(troubles({ proof: { at, trouble: 'notes has 2 rows', backup: 'b' } })).toEqual([
      'the last proof of a backup failed, 2026-11-22 06:00 UTC: notes has 2 rows',
    ])
    expect(troubles({ proved: { b: '2026-11-20T11:00:00.000Z' } })).toEqual([
      'the last backup was proved 2026-11-20 11:00 UTC',
    ])
    expect(troubles({ proved: {} })).toEqual(['no backup was ever proved'])
  })
})
