import { addTo, countIn } from '../core/latency.js'

/** The answers of an app and its use of the machine, in one minute or one hour. Rows of the same time add up. */
export interface Row {
  /** Its beginning, in minutes since 1970. */
  readonly at: number
  /** Answers by the first digit of their status, 1 to 5. */
  readonly classes: number[]
  /** Bytes that were sent to visitors. */
  bytes: number
  /** Processor time, in ms. */
  cpu: number
  /** The most memory that was in use, in KB; 0: nothing was measured, or nothing ran. */
  memory: number
  /** See {@link file://../core/latency.ts}. */
  readonly latency: number[]
}

/** One answer, without who asked for what. */
export interface Answered {
  readonly status: number
  /** The time until the answer began, in ms; null: unknown. */
  readonly ms: number | null
  readonly bytes: number
}

export const minuteMs = 60_000

export const emptyRow = (at: number): Row => ({
  at,
  classes: [0, 0, 0, 0, 0],
  bytes: 0,
  cpu: 0,
  memory: 0,
  latency: [],
})

/** Counts an answer. */
export const count = (row: Row, { status, ms, bytes }: Answered): void => {
  const at = Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1
  row.classes[at] = (row.classes[at] ?? 0) + 1
  row.bytes += bytes
  if (ms !== null) countIn(row.latency, ms)
}

/** Adds a row to another. */
export const add = (sum: Row, row: Row): void => {
  row.classes.forEach((count, at) => {
    sum.classes[at] = (sum.classes[at] ?? 0) + count
  })
  sum.bytes += row.bytes
  sum.cpu += row.cpu
  sum.memory = Math.max(sum.memory, row.memory)
  addTo(sum.latency, row.latency)
}

/** Returns the number of all answers of a row. */
export const requestsIn = ({ classes }: Row): number => classes.reduce((sum, count) => sum + count, 0)

/**
 * Writes a row as a line: its time, the five classes, bytes, cpu, memory, and the buckets that are not empty. All
 * numbers are to the base of 36.
 */
export const rowLine = ({ at, classes, bytes, cpu, memory, latency }: Row): string => {
  const buckets = latency.flatMap((count, bucket) => (count > 0 ? [`${short(bucket)}:${short(count)}`] : []))
  return `${[at, ...classes, bytes, cpu, memory].map(short).join(' ')} ${buckets.join(',') || '-'}\n`
}

const short = (number: number): string => Math.round(number).toString(36)
const long = (text: string): number => Number.parseInt(text, 36)

const line = /^[\da-z]+(?: [\da-z]+){8} (?:-|[\da-z]+:[\da-z]+(?:,[\da-z]+:[\da-z]+)*)$/

/** Reads a line; null: it is not a row, for example because a full disk cut it off. */
export const parseRow = (text: string): Row | null => {
  if (!line.test(text)) return null
  const words = text.split(' ')
  const [at = 0, ...numbers] = words.slice(0, 9).map(long)
  const [bytes = 0, cpu = 0, memory = 0] = numbers.slice(5)
  const latency: number[] = []
  for (const bucket of words[9] === '-' ? [] : (words[9]?.split(',') ?? [])) {
    const [index = '', count = ''] = bucket.split(':')
    for (let next = latency.length; next <= long(index); next++) latency[next] = 0
    latency[long(index)] = long(count)
  }
  return { at, classes: numbers.slice(0, 5), bytes, cpu, memory, latency }
}

/** Merges rows of the same time, and sorts them, the oldest first. @param step how many minutes make one time. */
export const merged = (rows: Iterable<Row>, step = 1): readonly Row[] => {
  const sums = new Map<number, Row>()
  for (const row of rows) add(rowAt(sums, row.at - (row.at % step)), row)
  return [...sums.values()].sort((one, other) => one.at - other.at)
}

/** Returns the row of a time, and makes it if there is none yet. */
export const rowAt = (rows: Map<number, Row>, at: number): Row => {
  const known = rows.get(at)
  if (known) return known
  const made = emptyRow(at)
  rows.set(at, made)
  return made
}
