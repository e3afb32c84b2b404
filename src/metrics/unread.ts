import { closeSync, readSync } from 'node:fs'
import { openIfThere } from '../hosts/files.js'

/** How far a log was read. Its first line identifies it under any name, because it begins with a time. */
export interface Place {
  readonly head: string
  readonly offset: number
}

const chunkBytes = 256 * 1_024

/**
 * Reads the lines of a log after a place, each with the place after it. It includes the log that was rotated away last.
 */
export function* unread(
  log: string,
  place: Place | null,
): Generator<{ readonly text: string; readonly after: Place }> {
  // Both files are opened first, so that no rotation can come between them.
  const files = [log, `${log}.1`].flatMap(path => openIfThere(path) ?? []).reverse()
  try {
    const heads = files.map(headOf)
    const known = place === null ? -1 : heads.lastIndexOf(place.head)
    for (const [at, file] of files.entries()) {
      const head = heads[at]
      if (at < known || head === null || head === undefined) continue
      yield* linesFrom(file, { head, offset: place !== null && at === known ? place.offset : 0 })
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}

/** Reads the first line; null: it is not complete yet. */
const headOf = (file: number): string | null => {
  const bytes = Buffer.alloc(1_024)
  const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))
  const end = text.indexOf('\n')
  return end === -1 ? null : text.slice(0, end)
}

/** Reads complete lines only, because a program can still be writing the last one. */
function* linesFrom(file: number, { head, offset }: Place): Generator<{ text: string; after: Place }> {
  let at = offset
  let rest = ''
  const bytes = Buffer.alloc(chunkBytes)
  for (let from = offset; ; ) {
    const length = readSync(file, bytes, 0, bytes.length, from)
    if (length === 0) return
    from += length
    const lines = (rest + bytes.toString('latin1', 0, length)).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      at += text.length + 1
      yield { text, after: { head, offset: at } }
    }
  }
}
