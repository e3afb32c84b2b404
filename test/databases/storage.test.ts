import { describe, expect, it } from 'vitest'
import { storageMissed, storageRefused } from '../../src/databases/storage/errors.js'
import { storageTroubles, type Waiting } from '../../src/databases/storage/health.js'
import type { Backups } from '../../src/state/backups.js'
import {
  folderOf,
  kindOfFolder,
  parseStorage,
  type Storage,
  sqliteFolderOf,
} from '../../src/state/storage.js'
import { backupConfig } from '../../src/templates/pgbackrest.js'

const now = new Date('2026-11-28T12:00:00Z')
const storage: Storage = {
  bucket: 'backups',
  path: '/server-1',
  endpoint: 's3.example.com',
  region: 'eu',
  key: 'AKIA1',
  secret: 'se/cret',
  passphrase: 'a-long-passphrase',
  set_at: '2026-11-01T00:00:00.000Z',
}
const good: NonNullable<Backups['storage']> = {
  last: { at: '2026-11-28T03:10:00.000Z', trouble: null },
  good_at: '2026-11-28T03:05:00.000Z',
  proof: { at: '2026-11-22T05:00:00.000Z', backup: '20261121-030000F', trouble: null },
}
const troublesOf = (
  noted: Backups['storage'],
  { waiting = null, lostAt = [] }: { waiting?: Waiting | null; lostAt?: string[] } = {},
): readonly string[] => {
  const losses = lostAt.map(at => ({ at: new Date(at), stanza: 'shop', place: 'storage' as const }))
  return storageTroubles('shop', storage, noted, waiting, losses, now).map(({ text }) => text)
}

describe('the storage elsewhere', () => {
  it('is healthy with a backup of last night and a change on its way', () => {
    expect(troublesOf(good)).toEqual([])
    expect(troublesOf(good, { waiting: { since: new Date('2026-11-28T11:59:00Z'), reason: null } })).toEqual(
      [],
    )
  })

  it('is reported when it refused a backup or got none for a day', () => {
    const failed = { ...good, last: { at: '2026-11-28T03:10:00.000Z', trouble: 'no bucket\nmore' } }
    expect(troublesOf(failed)).toEqual([
      's3://backups/server-1 did not take the last backup, 2026-11-28 03:10 UTC: no bucket more',
    ])
    expect(troublesOf({ ...good, good_at: '2026-11-27T03:05:00.000Z' })).toEqual([
      'the last good backup in s3://backups/server-1 is of 2026-11-27 03:05 UTC',
    ])
    expect(troublesOf(null)).toEqual(['s3://backups/server-1 has no backup'])
  })

  it('is reported with the reason when it takes no changes for five minutes', () => {
    const waiting = { since: new Date('2026-11-28T11:54:00Z'), reason: 'no route to host' }
    expect(troublesOf(good, { waiting })).toEqual([
      's3://backups/server-1 takes no changes since 2026-11-28 11:54 UTC, so it cannot bring back what came later: no route to host',
    ])
  })

  it('is reported when a change never reached it or a proof failed', () => {
    expect(troublesOf(good, { lostAt: ['2026-11-28T02:00:00Z'] })).toEqual([])
    expect(troublesOf(good, { lostAt: ['2026-11-28T04:00:00Z'] })).toMatchObject([
      expect.stringContaining('never reached'),
    ])
    const proof = { at: '2026-11-22T05:00:00.000Z', backup: '', trouble: 'unreadable' }
    expect(troublesOf({ ...good, proof })).toMatchObject([expect.stringContaining('failed, 2026-11-22')])
  })

  it('refuses a value that could add a line to a configuration file', () => {
    expect(parseStorage(storage)).toEqual(storage)
    for (const wrong of [
      { secret: 'a\nrepo1-type=posix' },
      { key: '' },
      { path: '/..//a b' },
      { endpoint: 'host/path' },
      { bucket: 'Upper Case' },
    ])
      expect(parseStorage({ ...storage, ...wrong })).toBeNull()
  })

  it('has a separate folder for each database of an app', () => {
    const cluster = { version: '17', name: 'shop', port: 5432 }
    const made = '2026-11-28T05:10:00.123Z'
    expect(folderOf({ project: 'shop', cluster, connections: 1, made })).toBe('/shop/20261128T051000Z')
    expect(sqliteFolderOf('shop', new Date(made))).toBe('/shop/sqlite-20261128T051000Z')
    expect(kindOfFolder('20261128T051000Z')).toEqual({ kind: 'postgres', since: '20261128T051000Z' })
    expect(kindOfFolder('sqlite-20261128T051000Z')).toMatchObject({ kind: 'sqlite' })
    expect(kindOfFolder('archive')).toBeNull()
  })

  it('gets an error that names the wrong key', () => {
    const answer = (code: string): readonly string[] => [`the storage answered: No. (${code})`]
    const hintOf = (code: string): string => storageRefused('s3://b', 'host', answer(code)).hint
    expect(hintOf('SignatureDoesNotMatch')).toContain('the secret key that belongs to this access key')
    expect(hintOf('InvalidAccessKeyId')).toContain('an access key that the storage knows')
    expect(hintOf('SlowDown')).toContain('Check that the bucket exists')
    const missed = storageMissed('shop', 's3://b', 'the storage answered: No. (SignatureDoesNotMatch)')
    expect(missed.hint).toContain(
      'Give the secret key that belongs to this access key: run `gatling db storage`',
    )
  })

  it('is encrypted, and does not limit the archive queue', () => {
    const text = backupConfig({ repository: storage, locks: '/run/x', clusters: [] })
    expect(text).toContain('repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=a-long-passphrase\n')
    expect(text).not.toContain('archive-push-queue-max')
    expect(
      backupConfig({ repository: { folder: '/var/x', waitingWal: 1 }, locks: '/run/x', clusters: [] }),
    ).not.toContain('cipher')
  })
})
