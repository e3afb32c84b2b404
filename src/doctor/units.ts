import * as systemd from '../commands/systemd.js'
import { answerOf } from './ask.js'

export type Properties = Readonly<Record<string, string>>

/** Returns the properties of units, by their names. */
export const unitsNamed = async (
  units: readonly string[],
  properties: readonly string[],
): Promise<ReadonlyMap<string, Properties>> =>
  units.length === 0 ? new Map() : parseUnits(await answerOf(systemd.show(units, properties)))

/** Reads blocks of `Name=value` lines, one block a unit (systemctl(1)). */
export const parseUnits = (text: string): ReadonlyMap<string, Properties> =>
  new Map(
    text
      .split(/\n\n+/)
      .map(block => propertiesIn(block))
      .filter(unit => unit['Id'] !== undefined)
      .map(unit => [unit['Id'] ?? '', unit]),
  )

const propertiesIn = (block: string): Record<string, string> =>
  Object.fromEntries(
    block
      .split('\n')
      .filter(line => line.includes('='))
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/** Reads a number of systemd; null: it has none, written as `[not set]`, `infinity` or 2^64 - 1. */
export const numberIn = (value: string | undefined): number | null => {
  const number = Number(value || 'none')
  return Number.isFinite(number) && number < 2 ** 63 ? number : null
}
