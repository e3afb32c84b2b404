import { createHash } from 'node:crypto'
import { elixirChecksum } from './errors.js'

/**
 * Reads the checksum of a file from the output of sha256sum(1) or shasum(1): `<64 digits> <name>`, one file a line;
 * null: there is none. In a list of a single file the name does not matter.
 */
export const checksumIn = (text: string, name: string): string | null => {
  const found = [...text.matchAll(/^([0-9a-f]{64})(?:\s+\*?(.*))?$/gim)]
  const one =
    found.find(match => match[2]?.trim().endsWith(name)) ?? (found.length === 1 ? found[0] : undefined)
  return one?.[1]?.toLowerCase() ?? null
}

/** Refuses bytes with another checksum. @throws GatlingError ELIXIR_CHECKSUM. */
export const refuseOther = (bytes: Buffer, expected: string, place: string): void => {
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== expected) throw elixirChecksum(place, found, expected)
}
