import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { journal } from '../../commands/systemd.js'
import { masker } from '../../core/mask.js'
import { streamLines } from '../../hosts/process.js'
import { readApp } from '../../state/apps.js'
import { allSecrets } from '../../state/config.js'
import { changesOf, lineReader } from '../../state/events.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { isServerHome } from '../../state/server.js'
import { usage } from '../errors.js'
import { print } from '../output.js'

/** How far back `--lines` can reach, in bytes. */
const furthestBack = 4 * 1024 * 1024

/** What an app wrote, with its secrets masked. */
export const logs = async (project: string, options: { follow?: boolean; lines: string }): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  const count = Number(options.lines)
  if (!Number.isInteger(count) || count < 0)
    throw usage(`${options.lines} is no number of lines`, 'Example: --lines 50')
  if (isServerHome(home)) return followJournal(project, count, options.follow === true)
  const { log } = appPaths(home, project)
  const mask = masker(...allSecrets(home, project))
  const { lines, end } = lastLines(log, count)
  print(...lines.map(mask))
  if (options.follow) await follow(log, end, mask)
}

/** On a server systemd's journal keeps what apps write. */
const followJournal = async (project: string, count: number, follow: boolean): Promise<void> => {
  const mask = masker(...allSecrets(gatlingHome(), project))
  const { stopped } = streamLines(
    journal([`${project}@a.service`, `${project}@b.service`], count, follow),
    line => print(mask(line)),
  )
  await stopped
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

/** Reads on until it is interrupted; a rotated file is read from its beginning. */
const follow = async (path: string, from: number, mask: (text: string) => string): Promise<void> => {
  const changes = changesOf(path)
  let inode = inodeOf(path)
  let reader = lineReader(path, from)
  while (true) {
    await changes.next()
    print(...reader.read().map(mask))
    if (inodeOf(path) === inode) continue
    // What was written between that and the rotation.
    print(...reader.read().map(mask))
    reader.close()
    reader = lineReader(path)
    inode = inodeOf(path)
    print(...reader.read().map(mask))
  }
}

const inodeOf = (path: string): number => (existsSync(path) ? statSync(path).ino : 0)
