import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { lockHeld } from '../core/errors.js'

/** How long a lock is waited for. */
const mostSeconds = 120

/**
 * Does something while no other process does anything under the same lock. It is held by a child, until that or this process
 * ends, however it does (flock(1)), so none can be left behind. Only who may read the file can hold it.
 * @throws GatlingError LOCK_HELD.
 */
export const whileLocked = async <Value>(file: string, work: () => Promise<Value>): Promise<Value> => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const holder = spawn('flock', ['--timeout', String(mostSeconds), file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // It may have ended.
  holder.stdin.on('error', () => {})
  const refused = once(holder, 'exit').then(() => Promise.reject(lockHeld(file, mostSeconds)))
  try {
    await Promise.race([once(holder.stdout, 'data'), refused])
    return await work()
  } finally {
    holder.stdin.end()
  }
}
