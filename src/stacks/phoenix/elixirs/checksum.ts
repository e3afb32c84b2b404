import { createHash } from 'node:crypto'
import { elixirChecksum } from './errors.js'

/**
 * The checksum of a file in what sha256sum(1) and shasum(1) write, `<64 digits>  <name>`, a file a line; null: there is none.
 * A list of a single file is taken under whatever name that was made.
 */
export const checksumIn = (text: string, name: string): string | null => {
  const found = [...text.matchAll(/^([0-9a-f]{64})(?:\s+\*?(.*))?$/gim)]
  const one =
    found.find(match => match[2]?.trim().endsWith(name)) ?? (found.length === 1 ? found[0] : undefined)
  return one?.[1]?.toLowerCase() ?? null
}

/** @throws GatlingError ELIXIR_CHECKSUM. */
export const refuseOther = (bytes: Buffer, expected: string, place: string): void => {
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== expected) throw elixirChecksum(place, found, expected)
}
