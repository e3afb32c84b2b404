import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { emptyRow, merged, parseRow, type Row, rowLine } from './row.js'

/**
 * The rows of an app are lines of files in one folder. A minute is appended to the file of its six hours. When the
 * whole file is older than a day, its rows go to the file `hours`, one for each hour. After 30 days they are added to
 * the first row, of the time 0, so that no count is lost. So an app has at most 1,800 minutes and 721 hours, however
 * busy it is.
 */
const fileMinutes = 6 * 60
const minutesKept = 24 * 60
const hoursKept = 30 * 24 * 60

const hoursPath = (folder: string): string => `${folder}/hours`
const minutesPath = (folder: string, file: number): string => `${folder}/minutes-${file}`
const fileOf = (at: number): number => Math.floor(at / fileMinutes)

/** Text to write into a file from a length on. */
export interface Append {
  readonly path: string
  /** The length of the file before. */
  readonly at: number
  readonly text: string
}

/** Lists the appends of rows to the files of an app. */
export const appendsOf = (folder: string, rows: readonly Row[]): readonly Append[] => {
  const texts = new Map<string, string>()
  for (const row of rows) {
    const path = minutesPath(folder, fileOf(row.at))
    texts.set(path, (texts.get(path) ?? '') + rowLine(row))
  }
  return [...texts].map(([path, text]) => ({
    path,
    at: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    text,
  }))
}

/** Appends to a file. It can be repeated after a crash: it overwrites what the first try wrote. */
export const append = ({ path, at, text }: Append): void => {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 })
  const file = openSync(path, existsSync(path) ? 'r+' : 'w', 0o600)
  try {
    ftruncateSync(file, at)
    writeSync(file, text, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads the rows of an app from a time on, in minutes since 1970; the oldest first, each time once. From 0 on it reads
 * all counts.
 */
export const readRows = (folder: string, from: number): readonly Row[] => {
  const files = minuteFiles(folder).filter(file => (file + 1) * fileMinutes > from)
  const hours = from < (minuteFiles(folder)[0] ?? Infinity) * fileMinutes ? hoursBeside(folder) : []
  const rows = [...hours, ...files.flatMap(file => rowsIn(minutesPath(folder, file)))]
  return merged(rows.filter(({ at }) => at >= from))
}

/** Merges old minutes into hours, and old hours into the first row. It can be interrupted and repeated at any time. */
export const thin = (folder: string, now: number): void => {
  const old = minuteFiles(folder).filter(file => (file + 1) * fileMinutes <= now - minutesKept)
  if (old.length === 0) return
  const rows = [...hoursBeside(folder), ...old.flatMap(file => rowsIn(minutesPath(folder, file)))]
  const past = rows.map(row => (row.at < now - hoursKept ? { ...row, at: 0, memory: 0 } : row))
  // The first row always exists, so that later totals have a place.
  writeWhole(
    hoursPath(folder),
    merged([emptyRow(0), ...past], 60)
      .map(rowLine)
      .join(''),
  )
  for (const file of old) rmSync(minutesPath(folder, file), { force: true })
}

/** Reads the hours, without those whose minutes still exist: a crash can leave both. */
const hoursBeside = (folder: string): readonly Row[] => {
  const files = new Set(minuteFiles(folder))
  return rowsIn(hoursPath(folder)).filter(({ at }) => !files.has(fileOf(at)))
}

const rowsIn = (path: string): readonly Row[] =>
  (readIfThere(path) ?? '').split('\n').flatMap(line => parseRow(line) ?? [])

/** Lists the files of minutes, the oldest first. */ const minuteFiles = (
  folder: string,
): readonly number[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .flatMap(name => /^minutes-(\d+)$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((one, other) => one - other)
    : []
