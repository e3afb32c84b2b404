import { describe, expect, it } from 'vitest'
import { choosePoint, pointOf, restorable, withPoint } from '../../src/databases/backups/points.js'
import type { Backup } from '../../src/databases/backups/repository.js'
import type { Copy, Point } from '../../src/state/backups.js'

/** Returns the WAL position of a time. Each hour is a segment. */
const lsnAt = (clock: string): string => `1/${clock.slice(0, 2)}${clock.slice(3)}0000`

const backup = (stanza: string, clock: string): Backup => ({
  id: `${stanza}-${clock}`,
  place: 'here',
  stanza,
  kind: 'full',
  startedAt: new Date(`2026-11-28T${clock}:00Z`),
  endedAt: new Date(`2026-11-28T${clock}:30Z`),
  endLsn: lsnAt(clock),
  databaseSize: 1,
  size: 1,
  damaged: false,
})
const point = (release: number, clock: string, migrations: readonly string[] = ['a'], of = 'r0'): Point => ({
  release,
  name: `gatling-${release}`,
  lsn: lsnAt(clock),
  at: `2026-11-28T${clock}:00.000Z`,
  of,
  migrations: [...migrations],
})
const copy = (label: string, name: string, until: string | null): Copy => ({
  label,
  cluster: { version: '17', name, port: 5432 },
  made_at: '2026-11-01T00:00:00.000Z',
  from: null,
  state: 'there',
  served: [{ from: '2026-11-01T00:00:00.000Z', until }],
})
const copies = [copy('r0', 'shop', '2026-11-28T12:00:00.000Z'), copy('r1', 'shop.r1', null)]

describe('a restore point', () => {
  it('is restored from the newest backup before it in the WAL, whatever the clock', () => {
    const backups = [backup('shop', '01:00'), backup('shop', '13:00')]
    const wrong = [point(7, '12:00'), { ...point(7, '12:00'), at: '2036-11-28T12:00:00.000Z' }]
    for (const one of wrong)
      expect(choosePoint(one, backups, [])).toEqual({
        backup: backups[0],
        target: { type: 'name', at: 'gatling-7' },
      })
    const late = { ...point(7, '14:00'), lsn: '2/0' }
    expect(choosePoint(late, backups, [])).toMatchObject({ backup: backups[1] })
    expect(choosePoint({ ...late, lsn: '0/FFFFFFFF' }, backups, [])).toEqual({ refused: 'too-early' })
  })

  it('is gone without an earlier backup or after lost changes', () => {
    const points = [point(6, '02:00'), point(7, '12:00'), point(8, '14:00', ['a'], 'r1')]
    const backups = [backup('shop', '03:00'), backup('shop.r1', '13:00')]
    const left = (losses = [] as { at: Date; stanza: string; place: 'everywhere' }[]): number[] =>
      restorable({ points, copies }, backups, losses).map(({ release }) => release)
    expect(left()).toEqual([7, 8])
    expect(left([{ at: new Date('2026-11-28T11:00:00Z'), stanza: 'shop', place: 'everywhere' }])).toEqual([8])
  })

  it('replaces the point of an earlier try that ran no migration', () => {
    const first = point(7, '12:00', ['a', 'b'])
    expect(withPoint([first], point(7, '12:05', ['a', 'b']))).toMatchObject([
      { at: expect.stringContaining('12:05') },
    ])
    const later = withPoint([first], point(7, '12:05', ['b']))
    expect(later).toHaveLength(2)
    expect(pointOf({ points: later, copies }, 7)).toBe(first)
    expect(withPoint([first], point(8, '12:05', ['a', 'b']))).toHaveLength(2)
  })

  it('is one of at most 30, however often an app asks', () => {
    let points: Point[] = []
    for (let release = 1; release <= 50; release++) points = withPoint(points, point(release, '12:00'))
    expect(points.map(({ release }) => release)).toEqual(Array.from({ length: 30 }, (_, n) => n + 21))
  })

  it('is that of the live database when two have one for the release', () => {
    const points = [point(7, '02:00'), point(7, '14:00', ['a'], 'r1')]
    expect(pointOf({ points, copies }, 7)).toBe(points[1])
    expect(pointOf({ points, copies }, 8)).toBeNull()
  })
})
