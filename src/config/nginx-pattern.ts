/**
 * Counts how often, at most, a regular expression looks at each letter of a text. A pattern runs in a worker of nginx
 * that serves all apps, and PCRE goes back over a text as often as the pattern allows. The time of an accepted pattern
 * is proportional to the text's length.
 * @returns the count, or what is wrong with the pattern.
 */
export const costOf = (pattern: string): number | string => {
  const pieces = readPieces(pattern)
  if (pieces === null)
    return 'has a pattern of more than letters, classes, ( ), |, ?, *, + and {n}; a backslash goes before any other sign'
  const reader = { pieces, at: 0, isSplit: false }
  const cost = readChoices(reader)
  if (cost === null || reader.at < pieces.length) return 'has a pattern whose ( ) do not match'
  if (pieces.some((_, at) => repeatsMore(pieces, at)))
    return 'has a pattern that repeats a group, or does more with ( ) than to group: repeat a single letter or class, like [^/]*'
  const repeats = pieces.flatMap((piece, at) => (piece.kind === 'repeat' ? [at] : []))
  const isTied = pieces[0]?.kind === 'start' && !reader.isSplit
  if (repeats.length > 0 && !isTied)
    return 'has a pattern with *, + or {n,} that does not begin with ^, and would be tried everywhere'
  // The last repeat may give back what it took, because no other repeat follows.
  const loose = repeats.slice(0, -1).find(at => !isStrict(pieces, at))
  if (loose !== undefined)
    return `has a pattern in which ${pieces[loose - 1]?.text}${pieces[loose]?.text} can match what comes after it, before another * or +: write [^/]* for a part that ends at a /`
  // A pattern that begins with ^ is tried only once, not at every letter.
  return Math.max(1, isTied && repeats.length === 0 ? Math.ceil(cost.looks / shortText) : cost.looks)
}

/** The length of a short text, in letters. */
const shortText = 1_000

interface Piece {
  readonly kind: 'one' | 'open' | 'close' | 'or' | 'start' | 'place' | 'optional' | 'fixed' | 'repeat'
  readonly text: string
}

/** Matches one piece of a pattern. Back references, recursion and options are no pieces, so they are refused. */
const piece = new RegExp(
  [
    String.raw`(?<one>\\[dDwWsS]|\\[^A-Za-z0-9]|\.|\[\^?(?:\\[dDwWsS]|\\[^A-Za-z0-9]|(?!\[[:.=])[^\]\\])+\]|[^\\^$.|()*+?{}[\]])`,
    String.raw`(?<open>\((?:\?(?:[:=!]|<[=!]))?)`,
    String.raw`(?<close>\))`,
    String.raw`(?<or>\|)`,
    String.raw`(?<start>\^)`,
    String.raw`(?<place>\$|\\[bB])`,
    String.raw`(?<optional>\?[?+]?)`,
    String.raw`(?<fixed>\{\d{1,3}\})`,
    String.raw`(?<repeat>(?:[*+]|\{\d{1,3},\d{0,3}\})[?+]?)`,
  ].join('|'),
  'sy',
)

const readPieces = (pattern: string): Piece[] | null => {
  const pieces: Piece[] = []
  for (let at = 0; at < pattern.length; ) {
    piece.lastIndex = at
    const { 0: text, groups = {} } = piece.exec(pattern) ?? { 0: '' }
    const kind = Object.keys(groups).find(name => groups[name] !== undefined)
    if (kind === undefined || (kind === 'one' && classOf(text) === null)) return null
    pieces.push({ kind: kind as Piece['kind'], text })
    at += text.length
  }
  return pieces
}

/** Reads a class as JavaScript does, which is the same as PCRE for these classes; null: it is not a class. */
const classOf = (text: string): RegExp | null => {
  try {
    return new RegExp(`^${text}$`, 'is')
  } catch {
    return null
  }
}

/** Tells whether a quantifier follows something other than a single letter or class. A group may be optional. */
const repeatsMore = (pieces: readonly Piece[], at: number): boolean => {
  const [before, kind] = [pieces[at - 1]?.kind, pieces[at]?.kind]
  if (kind === 'repeat' || kind === 'fixed') return before !== 'one'
  return kind === 'optional' && before !== 'one' && before !== 'close'
}

/** Tells whether a group is within another, so that `$1` and `$2` can be the same text. */
export const hasGroupInGroup = (pattern: string): boolean => {
  let depth = 0
  return (readPieces(pattern) ?? []).some(({ kind, text }) => {
    if (kind === 'close') depth--
    if (kind !== 'open') return false
    depth++
    return depth > 1 && text === '('
  })
}

interface Reader {
  readonly pieces: readonly Piece[]
  at: number
  /** Whether there is a choice outside all groups. */
  isSplit: boolean
}

/** The number of ways through a part of a pattern, and of letters that all of them look at. */
interface Cost {
  readonly ways: number
  readonly looks: number
}

/** Reads a choice like `a|b|c`, in which each part is tried; null: it is not well formed. */
const readChoices = (reader: Reader, isInside = false): Cost | null => {
  let [ways, looks] = [0, 0]
  for (;;) {
    const choice = readSequence(reader)
    if (choice === null) return null
    ways += choice.ways
    looks += choice.looks
    if (reader.pieces[reader.at]?.kind !== 'or') return { ways, looks }
    reader.isSplit ||= !isInside
    reader.at++
  }
}

/** Reads a sequence, in which each piece is tried after every way through the pieces before it. */
const readSequence = (reader: Reader): Cost | null => {
  let [ways, looks] = [1, 0]
  for (;;) {
    const next = reader.pieces[reader.at]
    if (next === undefined || next.kind === 'close' || next.kind === 'or') return { ways, looks }
    reader.at++
    let own: Cost = { ways: 1, looks: looksAt(next) }
    if (next.kind === 'open') {
      const inside = readChoices(reader, true)
      if (inside === null || reader.pieces[reader.at++]?.kind !== 'close') return null
      own = inside
    }
    looks += ways * own.looks
    if (reader.pieces[reader.at]?.kind === 'optional') {
      ways *= own.ways + 1
      reader.at++
    } else ways *= own.ways
  }
}

const looksAt = ({ kind, text }: Piece): number => (kind === 'fixed' ? Number(text.slice(1, -1)) : 1)

/** Tells whether a repeated piece never matches the beginning of the next piece, so that it gives nothing back. */
const isStrict = (pieces: readonly Piece[], at: number): boolean => {
  let after = at + 1
  while (pieces[after]?.kind === 'close') after++
  const [repeated, next] = [pieces[at - 1], pieces[after]]
  const quantity = pieces[after + 1]
  const isThere = quantity?.kind !== 'optional' && !/^(\*|\{0)/.test(quantity?.text ?? '')
  return repeated !== undefined && next?.kind === 'one' && isThere && !overlap(repeated.text, next.text)
}

/** Tells whether two classes have a byte in common. The case is ignored, as nginx can do. */
const overlap = (a: string, b: string): boolean => {
  const [first, second] = [classOf(a), classOf(b)]
  return Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).some(
    char => first?.test(char) && second?.test(char),
  )
}
