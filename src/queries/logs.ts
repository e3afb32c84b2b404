import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { journal } from '../commands/systemd.js'
import { masker } from '../core/mask.js'
import { streamLines } from '../hosts/process.js'
import { readApp } from '../state/apps.js'
import { allSecrets } from '../state/config.js'
import { changesOf, lineReader } from '../state/events.js'
import { appPaths } from '../state/paths.js'
import { isServerHome } from '../state/server.js'

/** How far back a query reads, in bytes. */
const furthestBack = 4 * 1024 * 1024

export interface LogsWanted {
  /** The number of lines. */
  readonly count: number
  /** Whether to continue with new lines, as long as this process runs. */
  readonly follow: boolean
  /** Gets each line, with its secrets masked. */
  readonly show: (line: string) => void
}

/** Reads what an app wrote, the oldest line first. @throws GatlingError PROJECT_UNKNOWN or STATE_BROKEN. */
export const readLogs = async (
  home: string,
  project: string,
  { count, follow, show }: LogsWanted,
): Promise<void> => {
  readApp(home, project)
  const mask = masker(...allSecrets(home, project))
  const showMasked = (line: string): void => show(mask(line))
  if (isServerHome(home)) return readJournal(project, count, follow, showMasked)
  const { log } = appPaths(home, project)
  const { lines, end } = lastLines(log, count)
  lines.forEach(showMasked)
  if (follow) await followFile(log, end, showMasked)
}

/** Reads systemd's journal, which keeps what apps write on a server. */
const readJournal = async (
  project: string,
  count: number,
  follow: boolean,
  show: (line: string) => void,
): Promise<void> => {
  await streamLines(journal([`${project}@a.service`, `${project}@b.service`], count, follow), show).stopped
}

const lastLines = (path: string, count: number): { lines: string[]; end: number } => {
  if (!existsSync(path)) return { lines: [], end: 0 }
  const size = statSync(path).size
  const start = Math.max(0, size - furthestBack)
  const buffer = Buffer.alloc(size - start)
  const file = openSync(path, 'r')
  readSync(file, buffer, 0, buffer.length, start)
  closeSync(file)
  const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1)
  const lines = whole
    .toString()
    .split('\n')
    .slice(start > 0 ? 1 : 0, -1)
  return { lines: count === 0 ? [] : lines.slice(-count), end: start + whole.length }
}

/** Reads new lines until it is interrupted. A new file after a rotation is read from its beginning. */
const followFile = async (path: string, from: number, show: (line: string) => void): Promise<void> => {
  const changes = changesOf(path)
  let inode = inodeOf(path)
  let reader = lineReader(path, from)
  while (true) {
    await changes.next()
    reader.read().forEach(show)
    if (inodeOf(path) === inode) continue
    // These lines were written between the last read and the rotation.
    reader.read().forEach(show)
    reader.close()
    reader = lineReader(path)
    inode = inodeOf(path)
    reader.read().forEach(show)
  }
}

const inodeOf = (path: string): number => (existsSync(path) ? statSync(path).ino : 0)
