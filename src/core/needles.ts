import type { Reading } from './reading.js'

/** Bytes to find, and the key of the secret that they spell. */
export interface Needle {
  readonly key: string
  readonly bytes: Uint8Array
}

/** A part of a text, in bytes. */
export interface Range {
  readonly key: string
  readonly start: number
  readonly end: number
}

/** The shortest needle, in bytes. */
const shortestNeedle = 4

/** Needles by their first four bytes, so the time of a search does not depend on their number. */
export type Needles = ReadonlyMap<number, readonly Needle[]>

export const needlesOf = (all: readonly Needle[]): Needles => {
  const found = new Map<number, Needle[]>()
  for (const needle of all) {
    const [one = 0, two = 0, three = 0, four = 0] = needle.bytes
    if (needle.bytes.length < shortestNeedle) continue
    const key = wordOf(wordOf(wordOf(wordOf(0, one), two), three), four)
    found.set(key, [...(found.get(key) ?? []), needle])
  }
  return found
}

/** Adds a byte to a number that holds the last four bytes. */
const wordOf = (word: number, byte: number): number => (word << 8) | byte

/** Finds the needles in a reading of a text. @returns their places in the text. */
export const rangesIn = ({ bytes, from }: Reading, needles: Needles): Range[] => {
  const found: Range[] = []
  if (needles.size === 0) return found
  let word = 0
  for (let last = 0; last < bytes.length; last++) {
    word = wordOf(word, bytes[last] ?? 0)
    const start = last - shortestNeedle + 1
    if (start < 0) continue
    for (const { key, bytes: wanted } of needles.get(word) ?? []) {
      const end = start + wanted.length
      if (isAt(bytes, start, wanted))
        found.push({ key, start: from?.[start] ?? start, end: from?.[end] ?? end })
    }
  }
  return found
}

const isAt = (bytes: Uint8Array, start: number, wanted: Uint8Array): boolean => {
  if (start + wanted.length > bytes.length) return false
  for (let at = shortestNeedle; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
  return true
}
