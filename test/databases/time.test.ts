import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTime } from '../../src/databases/backups/time.js'

const zone = process.env['TZ']
beforeEach(() => {
  process.env['TZ'] = 'Europe/Berlin'
})
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

const now = new Date('2026-11-28T13:30:00Z')
const read = (text: string): string => parseTime(text, now).toISOString()

describe('a time to restore', () => {
  it.each([
    ['14:03', '2026-11-28T13:03:00.000Z'],
    ['14:03:05.25', '2026-11-28T13:03:05.250Z'],
    ['2026-11-27 14:03', '2026-11-27T13:03:00.000Z'],
    ['2026-07-01T14:03:00', '2026-07-01T12:03:00.000Z'],
    ['2026-11-27 14:03Z', '2026-11-27T14:03:00.000Z'],
    ['2026-11-27 14:03 UTC', '2026-11-27T14:03:00.000Z'],
    ['2026-11-27T14:03:00+05:30', '2026-11-27T08:33:00.000Z'],
    ['2026-11-28 01:25:17.600164+00', '2026-11-28T01:25:17.600Z'],
    ['2026-11-27 14:03 -0800', '2026-11-27T22:03:00.000Z'],
  ])('%s means %s', (text, iso) => {
    expect(read(text)).toBe(iso)
  })

  it.each([
    ['yesterday', 'not written as a time'],
    ['1795827346', 'not written as a time'],
    ['14', 'not written as a time'],
    ['28.11.2026 14:03', 'not written as a time'],
    ['2026-11-28 14:03 CET', 'not written as a time'],
    ['2026-02-30 14:03', 'no such time'],
    ['25:00', 'no such time'],
    ['2026-03-29 02:30', 'skips it'],
    ['2026-10-25 02:30', 'shows it twice'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => read(text)).toThrow(reason)
  })
})
