import { closeSync, fstatSync, readSync } from 'node:fs'
import { countIn } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'
import { openIfThere } from '../hosts/files.js'

/** How far lines can be out of order, in ms, because several workers write them. */
const disorderMs = 1_000
const chunkBytes = 64 * 1_024

/** One instance that nginx asked for an answer, and the result. */
interface Try {
  readonly address: string
  readonly status: number
  /**
   * The time until its answer began, in ms; NaN: it did not begin, or the line has the format of an earlier Gatling.
   */
  readonly ms: number
}

/** A line of the log that nginx writes for `nginxShared`. */
export interface LoggedAnswer {
  /** The end of the answer, in epoch ms. */
  readonly at: number
  readonly tries: readonly Try[]
  /** What the visitor got; null: it was not from an app, or the line has the format of an earlier Gatling. */
  readonly answered: {
    readonly project: string
    readonly status: number
    readonly ms: number
    readonly bytes: number
  } | null
}

/**
 * Counts the answers from a port. It reads the log backwards as far as needed, and then the log that was rotated last.
 * An instance that was asked first and failed counts, too.
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
 * `1700000000.123 127.0.0.1:20001, 127.0.0.1:20002|502, 200|-, 0.003|shop a 200 0.004 5120`: the instances that were
 * asked, the status of each and the seconds until it answered; then the app, its slot, the status, the seconds and the
 * bytes that the visitor got. A line of an earlier Gatling ends before the third bar.
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
  // For files no instance is asked. An instance that did not begin to answer took the whole time.
  const until = known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : Number(took) * 1_000
  const answered =
    project === '' ? null : { project, status: Number(status), ms: until, bytes: Number(bytes) }
  return { at: Number(seconds) * 1_000, tries, answered }
}

/** Reads the lines of files, last first. A missing file has none. */
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
