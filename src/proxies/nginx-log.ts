import { closeSync, fstatSync, readSync } from 'node:fs'
import type { Answers } from '../core/proxy.js'
import { openIfThere } from '../hosts/files.js'

/** Several workers write; their lines may be so many ms out of order. */
const disorderMs = 1_000
const chunkBytes = 64 * 1_024

/**
 * Counts what was answered from a port, in the log that `nginxShared` has nginx write. It is read from its end, as far as
 * is needed, and from there on in the one that was rotated away last. An instance that was asked first and failed counts, too.
 */
export const answersIn = (log: string, port: number, from: number, to: number): Answers => {
  let [requests, errors] = [0, 0]
  for (const line of linesFromEnd([log, `${log}.1`])) {
    const { at, tries } = parse(line)
    if (at < from - disorderMs) break
    if (at < from || at >= to) continue
    for (const { address, status } of tries) {
      if (!address.endsWith(`:${port}`) || Number.isNaN(status)) continue
      requests++
      if (status >= 500) errors++
    }
  }
  return { requests, errors }
}

/** `1700000000.123 127.0.0.1:20001, 127.0.0.1:20002|502, 200`: everyone that was asked, and how each answered. */
const parse = (line: string): { at: number; tries: { address: string; status: number }[] } => {
  const [, seconds, addresses = '', statuses = ''] = /^(\d+\.\d+) (.*)\|(.*)$/.exec(line) ?? []
  const several = / : |, /
  const status = statuses.split(several).map(Number)
  const tries = addresses.split(several).map((address, at) => ({ address, status: status[at] ?? Number.NaN }))
  return { at: Number(seconds) * 1_000, tries }
}

/** The lines of files, last first; a file that is not there has none. */
function* linesFromEnd(paths: readonly string[]): Generator<string> {
  for (const path of paths) {
    const file = openIfThere(path)
    if (file === null) continue
    try {
      let rest = ''
      for (let at = fstatSync(file).size; at > 0; ) {
        const bytes = Buffer.alloc(Math.min(at, chunkBytes))
        at -= bytes.length
        readSync(file, bytes, 0, bytes.length, at)
        const [first = '', ...lines] = (bytes.toString('latin1') + rest).split('\n')
        rest = first
        yield* lines.reverse()
      }
      yield rest
    } finally {
      closeSync(file)
    }
  }
}
