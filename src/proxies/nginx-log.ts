import { closeSync, fstatSync, readSync } from 'node:fs'
import { countIn } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'
import { openIfThere } from '../hosts/files.js'

/** Several workers write; their lines may be so many ms out of order. */
const disorderMs = 1_000
const chunkBytes = 64 * 1_024

/** One instance that nginx asked for an answer, and how that went. */
interface Try {
  readonly address: string
  readonly status: number
  /** Until its answer began, in ms; NaN: it did not, or an earlier version of Gatling had the line written. */
  readonly ms: number
}

/** A line of the log that `nginxShared` has nginx write. */
export interface LoggedAnswer {
  /** When it was over, in epoch ms. */
  readonly at: number
  readonly tries: readonly Try[]
  /** What the visitor got; null: it was not of an app, or an earlier version of Gatling had the line written. */
  readonly answered: {
    readonly project: string
    readonly status: number
    readonly ms: number
    readonly bytes: number
  } | null
}

/**
 * Counts what was answered from a port. The log is read from its end, as far as is needed, and from there on in the one that was
 * rotated away last. An instance that was asked first and failed counts, too.
 */
export const answersIn = (log: string, port: number, from: number, to: number): Answers => {
  let [requests, errors] = [0, 0]
  const latency: number[] = []
  for (const line of linesFromEnd([log, `${log}.1`])) {
    const { at, tries } = parseAnswer(line)
    if (at < from - disorderMs) break
    if (at < from || at >= to) continue
    for (const { address, status, ms } of tries) {
      if (!address.endsWith(`:${port}`) || Number.isNaN(status)) continue
      requests++
      if (status >= 500) errors++
      if (!Number.isNaN(ms)) countIn(latency, ms)
    }
  }
  return { requests, errors, latency }
}

const form = /^(\d+\.\d+) ([^|]*)\|([^|]*)(?:\|([^|]*)\|(\S*) [ab-] (\d+) ([\d.]+) (\d+))?$/
const several = / : |, /

/**
 * `1700000000.123 127.0.0.1:20001, 127.0.0.1:20002|502, 200|-, 0.003|shop a 200 0.004 5120`: everyone that was asked, how each
 * answered and after how many seconds; the app, its slot, what the visitor got, and after how long that was over. An earlier version
 * of Gatling had it end before the third bar.
 */
export const parseAnswer = (line: string): LoggedAnswer => {
  const [, seconds, addresses = '', statuses = '', times = '', project = '', status, took, bytes] =
    form.exec(line) ?? []
  const said = statuses.split(several).map(Number)
  const ms = times
    .split(several)
    .map(text => (text === '' || text === '-' ? Number.NaN : Number(text) * 1_000))
  const tries = addresses
    .split(several)
    .map((address, at) => ({ address, status: said[at] ?? Number.NaN, ms: ms[at] ?? Number.NaN }))
  const known = ms.filter(one => !Number.isNaN(one))
  // Files have nobody that is asked, and who did not begin to answer took the whole time.
  const until = known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : Number(took) * 1_000
  const answered =
    project === '' ? null : { project, status: Number(status), ms: until, bytes: Number(bytes) }
  return { at: Number(seconds) * 1_000, tries, answered }
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
