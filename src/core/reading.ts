/** A text as it is once it is unescaped, byte by byte. */
export interface Reading {
  readonly bytes: Uint8Array
  /** Where each byte was written, and where the text ends; null: where it is. */
  readonly from: readonly number[] | null
}

export const asWritten = (bytes: Uint8Array): Reading => ({ bytes, from: null })

/** Which byte is read instead of which. */
export type Exchange = Uint8Array

export const exchange = (from: string, to: string): Exchange => {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  for (let at = 0; at < from.length; at++) table[from.charCodeAt(at)] = to.charCodeAt(at)
  return table
}

/** The same with some bytes exchanged for others; itself where it has none of them. */
export const exchanged = (reading: Reading, table: Exchange): Reading => {
  const { bytes, from } = reading
  return bytes.every(byte => table[byte] === byte)
    ? reading
    : { bytes: bytes.map(byte => table[byte] ?? byte), from }
}

/** Escaped more often than this nobody writes anything. */
const mostTimes = 4

/** Takes out how JSON, Elixir, Erlang, shells, URLs and HTML escape a text, however often it was; itself where nothing is. */
export const unescaped = (reading: Reading): Reading => {
  let read = reading
  for (let times = 0; times < mostTimes; times++) {
    const once = unescapedOnce(read)
    if (once === null) break
    read = once
  }
  return read
}

/** Without the spaces that follow a comma, as some write lists of bytes; itself where none does. */
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

/** null: the pattern does not occur. */
const rewritten = (
  { bytes, from }: Reading,
  pattern: RegExp,
  rewrite: (found: readonly (string | undefined)[]) => Iterable<number>,
): Reading | null => {
  // A character a byte.
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
