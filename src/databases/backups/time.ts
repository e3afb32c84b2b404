import { timeUnclear } from './errors.js'

const form =
  /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?$/

/**
 * Reads a time strictly. Without a day it is today; without a zone it is in this machine's zone.
 * @throws GatlingError TIME_UNCLEAR, also for a time that the clock skips or repeats when summer time begins or ends.
 */
export const parseTime = (text: string, now: Date = new Date()): Date => {
  const [, day = localDay(now), clock = '', zone] = form.exec(text.trim()) ?? []
  if (clock === '') throw timeUnclear(text, 'it is not written as a time')
  if (zone !== undefined) return checked(text, `${day}T${clock}${offsetOf(zone)}`)
  const at = checked(text, `${day}T${clock}`)
  if (wall(at) !== `${day}T${clock}`.slice(0, 16))
    throw timeUnclear(text, 'the clock of this machine skips it')
  const isTwice = [-1, 1].some(hours => wall(new Date(at.getTime() + hours * 3_600_000)) === wall(at))
  if (isTwice) throw timeUnclear(text, 'the clock of this machine shows it twice')
  return at
}

const offsetOf = (zone: string): string =>
  zone === 'Z' || zone === 'UTC'
    ? 'Z'
    : zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`)

/** Refuses a day that does not exist: JavaScript reads the 30th of February as the 2nd of March. */
const checked = (text: string, iso: string): Date => {
  const at = new Date(iso)
  const day = iso.slice(0, 10)
  if (Number.isNaN(at.getTime()) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day)
    throw timeUnclear(text, 'there is no such time')
  return at
}

const localDay = (at: Date): string => wall(at).slice(0, 10)

/** Returns what the clock of this machine shows, to the minute. */
const wall = (at: Date): string => {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Writes a time as `2026-11-28 14:03:00 (UTC, the zone of this server)`. */
export const timeInWords = (at: Date): string => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const seconds = String(at.getSeconds()).padStart(2, '0')
  return `${wall(at).replace('T', ' ')}:${seconds} (${zone}, the zone of this server)`
}
