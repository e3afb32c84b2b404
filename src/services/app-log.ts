import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { rotate } from '../hosts/files.js'

/** The size at which a log is rotated, in bytes, and how many old logs are kept beside it. */
const rotateAt = 10 * 1024 * 1024
const keptLogs = 4

export interface AppLog {
  write(line: string): void
  close(): void
}

/** Opens an app's log file. Its lines have their time and slot. Old logs are `app.log.1`, `app.log.2` and so on. */
export const openAppLog = (path: string, slot: string): AppLog => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size
  return {
    write: line => {
      const text = `${new Date().toISOString()} ${slot} ${line}\n`
      try {
        if (size > rotateAt) {
          closeSync(file)
          rotate(path, keptLogs)
          file = openSync(path, 'a', 0o600)
          size = 0
        }
        size += writeSync(file, text)
      } catch {
        // A full disk must not stop the apps.
      }
    },
    close: () => closeSync(file),
  }
}
