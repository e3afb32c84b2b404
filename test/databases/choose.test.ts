import { describe, expect, it } from 'vitest'
import { chooseBackup, chooseWhole } from '../../src/databases/backups/choose.js'
import type { Backup } from '../../src/databases/backups/repository.js'

const at = (clock: string): Date => new Date(`2026-11-28T${clock}Z`)
const backup = (id: string, start: string, end: string, damaged = false): Backup => ({
  id,
  place: 'here',
  stanza: 'shop',
  kind: 'full',
  startedAt: at(start),
  endedAt: at(end),
  endLsn: null,
  databaseSize: 1,
  size: 1,
  damaged,
})
const backups = [backup('one', '01:00:00', '01:05:00'), backup('two', '13:00:00', '13:05:00')]
const now = at('18:00:00')
const chosen = (clock: string, losses: Parameters<typeof chooseBackup>[2] = [], among = backups) =>
  chooseBackup({ at: at(clock) }, among, losses, now)

describe('the backup that a restore begins with', () => {
  it('is the newest that ended before the time', () => {
    expect(chosen('14:03:00')).toEqual({
      backup: backups[1],
      target: { type: 'time', at: '2026-11-28 14:03:00.000+00' },
    })
    expect(chosen('12:00:00')).toMatchObject({ backup: { id: 'one' } })
  })

  it('is an older one when the newest could still have been running', () => {
    expect(chosen('13:05:00.900')).toMatchObject({ backup: { id: 'one' } })
    expect(chosen('13:05:01')).toMatchObject({ backup: { id: 'two' } })
  })

  it('is not one with damaged pages', () => {
    const damaged = [...backups.slice(0, 1), backup('two', '13:00:00', '13:05:00', true)]
    expect(chosen('14:03:00', [], damaged)).toMatchObject({ backup: { id: 'one' } })
  })

  it('is missing for a time before the first one or in the future', () => {
    expect(chosen('01:04:00')).toEqual({ refused: 'too-early' })
    expect(chosen('18:00:01')).toEqual({ refused: 'future' })
  })

  it('is missing when changes between it and the time were lost', () => {
    const losses = [{ at: at('13:30:00'), stanza: 'shop', place: 'everywhere' as const }]
    expect(chosen('14:03:00', losses)).toEqual({ refused: 'lost' })
    expect(chosen('13:20:00', losses)).toMatchObject({ backup: { id: 'two' } })
    expect(
      chosen('14:03:00', [{ at: at('13:30:00'), stanza: 'shop.r1', place: 'everywhere' as const }]),
    ).toMatchObject({
      backup: { id: 'two' },
    })
    expect(
      chosen('14:03:00', [{ at: at('12:59:00'), stanza: 'shop', place: 'everywhere' as const }]),
    ).toMatchObject({
      backup: { id: 'two' },
    })
  })

  it('is the named one, restored to its end', () => {
    const named = (id: string) => chooseBackup({ backup: id }, backups, [], now)
    expect(named('one')).toEqual({ backup: backups[0], target: { type: 'immediate' } })
    expect(named('three')).toEqual({ refused: 'unknown' })
  })
})

describe('the dump or the SQLite backup that is restored', () => {
  const then = (clock: string): Date => new Date(`2020-01-02T${clock}Z`)
  const dumps = [
    { id: 'one', endedAt: then('01:05:00') },
    { id: 'two', endedAt: then('13:05:00') },
  ]
  const chosenFor = (wanted: Parameters<typeof chooseWhole>[1], all = dumps) =>
    chooseWhole('shop', wanted, all).id

  it('is the last one before the time, or the named one', () => {
    expect(chosenFor({ at: then('13:05:00') })).toBe('two')
    expect(chosenFor({ at: then('13:04:59') })).toBe('one')
    expect(chosenFor({ backup: 'one' })).toBe('one')
  })

  it('is missing when there is none or none fits', () => {
    const tomorrow = new Date(Date.now() + 86_400_000)
    expect(() => chosenFor({ backup: 'one' }, [])).toThrow('has no backup yet')
    expect(() => chosenFor({ at: then('01:00:00') })).toThrow('no backup ended before that time')
    expect(() => chosenFor({ at: tomorrow })).toThrow('that time is not over yet')
    expect(() => chosenFor({ backup: 'three' })).toThrow('there is no such backup')
  })
})
