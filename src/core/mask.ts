import { type Needle, needlesOf, type Range, rangesIn } from './needles.js'
import { asWritten, exchange, exchanged, joined, type Reading, unescaped } from './reading.js'

/** The length of the shortest value that Gatling masks. Shorter values would blank out ordinary words and numbers. */
export const shortestMaskable = 4

/**
 * Makes the function that blanks out secrets wherever text leaves Gatling. The function also finds single lines of a
 * value, and a value that is escaped, even several times, for JSON, Elixir, a shell, a URL, a form or HTML. It finds a
 * value in hex, as a list of bytes, and in Base64 at any place of a longer text.
 */
export const masker = (
  ...secrets: readonly Readonly<Record<string, string>>[]
): ((text: string) => string) => {
  const keys = new Map<string, string>()
  for (const [key, value] of secrets.flatMap(Object.entries<string>))
    for (const text of [value, ...value.split(/\r?\n/)])
      if (text.length >= shortestMaskable) keys.set(text, key)
  if (keys.size === 0) return text => text
  const needles = needlesOf(
    [...keys].flatMap(([text, key]) => spellingsOf(text).map((bytes): Needle => ({ key, bytes }))),
  )
  return text => {
    const bytes = Buffer.from(text)
    const ranges = readingsOf(asWritten(bytes)).flatMap(reading => rangesIn(reading, needles))
    return ranges.length === 0 ? text : replaced(bytes, ranges)
  }
}

/** Returns the spellings of a secret that Gatling looks for in {@link readingsOf} a text. */
const spellingsOf = (text: string): Uint8Array[] => {
  const bytes = Buffer.from(text)
  return [
    bytes,
    unescaped(asWritten(bytes)).bytes,
    // Here the text before the secret could be read as a part of an escape.
    ...[inJson(text), inJson(text).replaceAll('#{', '\\#{'), encodeURIComponent(text)].map(one =>
      Buffer.from(one),
    ),
    ...[0, 1, 2].map(before => inBase64(bytes, before)),
    Buffer.from(bytes.toString('hex')),
    Buffer.from([...bytes].join(',')),
  ]
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/**
 * Returns the part of a secret's Base64 that does not depend on its neighbours (RFC 4648).
 * @param before how many bytes stand before it in its group of three.
 */
const inBase64 = (bytes: Buffer, before: number): Buffer => {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
  const sure = whole
    .toString('base64')
    .slice(before === 0 ? 0 : before + 1, Math.floor((whole.length * 8) / 6))
  return Buffer.from(sure)
}

/** Returns all ways to read a text. Most lines have no escapes, so there are few. */
const readingsOf = (text: Reading): Reading[] => {
  const plain = unescaped(text)
  const spaced = exchanged(text, pluses)
  return [
    ...new Set([
      ...[text, plain, spaced === text ? plain : unescaped(spaced)],
      ...[exchanged(text, urlSigns), exchanged(plain, urlSigns), exchanged(text, capitals), joined(text)],
    ]),
  ]
}

/** A form writes a space as a plus, and a plus as %2B. */
const pluses = exchange('+', ' ')
/** Base64 for URLs has other signs (RFC 4648, section 5). */
const urlSigns = exchange('-_', '+/')
const capitals = exchange('ABCDEF', 'abcdef')

/**
 * Replaces secrets by their names. Values that overlap are replaced together. If two begin at the same place, the
 * longer value gives the name.
 */
const replaced = (bytes: Uint8Array, ranges: readonly Range[]): string => {
  const ordered = [...ranges].sort((one, other) => one.start - other.start || other.end - one.end)
  const kept: Uint8Array[] = []
  let done = 0
  for (const { key, start, end } of ordered) {
    if (end <= done) continue
    kept.push(bytes.subarray(done, Math.max(start, done)), Buffer.from(`[${key}]`))
    done = end
  }
  return Buffer.concat([...kept, bytes.subarray(done)]).toString()
}
