import { describe, expect, it } from 'vitest'
import { servedBefore, servedBy, servingAt, servingOf } from '../../src/databases/backups/copies.js'
import type { Backups, Copy } from '../../src/state/backups.js'

const instant = (clock: string): string => `2026-11-28T${clock}:00.000Z`
const copy = (label: string, served: Copy['served'] = []): Copy => ({
  label,
  cluster: { version: '17', name: label, port: 1 },
  made_at: instant('08:00'),
  from: null,
  state: 'there',
  served,
})
type Known = Pick<Backups, 'copied' | 'promoting' | 'copies'>
const first: Known = {
  copied: 2,
  promoting: null,
  copies: [copy('r0', [{ from: instant('08:00'), until: null }]), copy('r1'), copy('r2')],
}
const at = (known: Known, clock: string): string | undefined =>
  servingAt(known, new Date(instant(clock)))?.label

describe('the database that served at a time', () => {
  it('is the one that was promoted before it', () => {
    const known = servedBy(first, 'r1', instant('12:00'))
    expect([at(known, '07:00'), at(known, '11:59'), at(known, '12:00')]).toEqual([undefined, 'r0', 'r1'])
  })

  it('is the last one when the clock showed a time twice', () => {
    // Right after the promotion of r2 the clock was set back by an hour.
    const begun = servedBy(first, 'r1', instant('09:00'))
    const known = servedBy(servedBy(begun, 'r2', instant('12:00')), 'r0', instant('11:10'))
    expect([at(known, '11:05'), at(known, '11:30'), at(known, '12:30')]).toEqual(['r1', 'r0', 'r0'])
    expect([servingOf(known)?.label, servedBefore(known)]).toEqual(['r0', 'r2'])
  })
})
