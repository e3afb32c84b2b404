/** A text after one way of unescaping it, byte by byte. */
export interface Reading {
  readonly bytes: Uint8Array
  /** The original place of each byte, and the end of the text; null: every byte is in its original place. */
  readonly from: readonly number[] | null
}

export const asWritten = (bytes: Uint8Array): Reading => ({ bytes, from: null })

/** A table that says which byte replaces each byte. */
export type Exchange = Uint8Array

export const exchange = (from: string, to: string): Exchange => {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  for (let at = 0; at < from.length; at++) table[from.charCodeAt(at)] = to.charCodeAt(at)
  return table
}

/** Returns a reading with some bytes exchanged. If it has none of them, it is returned as it is. */
export const exchanged = (reading: Reading, table: Exchange): Reading => {
  const { bytes, from } = reading
  return bytes.every(byte => table[byte] === byte)
    ? reading
    : { bytes: bytes.map(byte => table[byte] ?? byte), from }
}

/** Nobody escapes a text more often than this. */
const mostTimes = 4

/**
 * Removes the escapes of JSON, Elixir, Erlang, shells, URLs and HTML, even if a text was escaped several times. A text
 * without escapes is returned as it is.
 */
export const unescaped = (reading: Reading): Reading => {
  let read = reading
  for (let times = 0; times < mostTimes; times++) {
    const once = unescapedOnce(read)
    if (once === null) break
    read = once
  }
  return read
}

/**
 * Removes the spaces after commas, because some programs write lists of bytes with them. A text without them is
 * returned as it is.
 */
export const joined = (reading: Reading): Reading => rewritten(reading, /(?<=,) +/g, () => []) ?? reading

/** `%C3`, `%25C3`; `&#228;`, `&#xe4;`, `&amp;quot;`; `\u00e4`, `\ud83d\ude00`, `\u{e4}`, `\xC3`, `\303`, `\n`; and `\"`, `\\"`. */
const escapes =
  /%(?:25)*([\da-fA-F]{2})|&(?:amp;)*(?:#0*(\d{1,7})|#[xX]0*([\da-fA-F]{1,6})|(quot|amp|apos|lt|gt));|\\+(?:u([dD][89abAB][\da-fA-F]{2})\\+u([dD][c-fC-F][\da-fA-F]{2})|u([\da-fA-F]{4})|[ux]\{0*([\da-fA-F]{1,6})\}|x([\da-fA-F]{2})|([0-3][0-7]{2})|([nrtbfvae]))?/g

const named: Readonly<Record<string, string>> = { quot: '"', amp: '&', apos: "'", lt: '<', gt: '>' }
const letters: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', a: '\x07', e: '\x1b' },
}

const unescapedOnce = (reading: Reading): Reading | null =>
  rewritten(
    reading,
    escapes,
    ([, percent, decimal, hex, name, high, low, unit, code, byte, octal, letter]) => {
      if (percent ?? byte) return [Number.parseInt(percent ?? byte ?? '', 16)]
      if (octal) return [Number.parseInt(octal, 8)]
      if (name ?? letter) return bytesOf(named[name ?? ''] ?? letters[letter ?? ''] ?? '')
      if (high && low)
        return bytesOf(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)))
      const point = decimal ? Number(decimal) : Number.parseInt(hex ?? unit ?? code ?? '', 16)
      return point <= 0x10ffff ? bytesOf(String.fromCodePoint(point)) : []
    },
  )

const bytesOf = (text: string): Iterable<number> => Buffer.from(text)

/** Replaces each match of a pattern; null: there is no match. */
const rewritten = (
  { bytes, from }: Reading,
  pattern: RegExp,
  rewrite: (found: readonly (string | undefined)[]) => Iterable<number>,
): Reading | null => {
  // One character stands for one byte.
  const text = Buffer.from(bytes).toString('latin1')
  const found = [...text.matchAll(pattern)]
  if (found.length === 0) return null
  const place = (at: number): number => from?.[at] ?? at
  const written: number[] = []
  const places: number[] = []
  const copy = (start: number, end: number): void => {
    for (let at = start; at < end; at++) {
      written.push(bytes[at] ?? 0)
      places.push(place(at))
    }
  }
  let done = 0
  for (const match of found) {
    copy(done, match.index)
    for (const byte of rewrite(match)) {
      written.push(byte)
      places.push(place(match.index))
    }
    done = match.index + match[0].length
  }
  copy(done, bytes.length)
  return { bytes: Uint8Array.from(written), from: [...places, place(bytes.length)] }
}
