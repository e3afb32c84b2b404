import { spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'

/**
 * Calls back when nobody reads this process's standard output any longer, if that is a pipe, as over ssh. A process
 * that writes nothing does not notice that. So tail(1) polls the pipe, and ends with its reader or with this process.
 */
export const onceUnread = (then: () => void): void => {
  if (!fstatSync(1).isFIFO()) return
  const watcher = spawn('tail', ['--follow', `--pid=${process.pid}`, '/dev/null'], {
    stdio: ['ignore', 'inherit', 'ignore'],
  })
  watcher.once('exit', then).once('error', () => {})
}
