import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { hold, isHeldStatus } from '../commands/files.js'
import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import { commandMissing, lockHeld } from './errors.js'

/**
 * Does some work while no other process works under the same lock. A child holds the lock until it or this process ends
 * in any way (flock(1)), so no lock can be left behind. Only users who can read the file can hold it.
 * @throws GatlingError LOCK_HELD, COMMAND_FAILED or COMMAND_MISSING.
 */
export const whileLocked = async <Value>(
  file: string,
  work: () => Promise<Value>,
  mostSeconds = 120,
): Promise<Value> => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const { argv } = hold(file, mostSeconds)
  const [program, ...args] = argv
  const holder = spawn(program, args, { stdio: 'pipe' })
  let said = ''
  holder.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  // The child can have ended.
  holder.stdin.on('error', () => {})
  const refused = once(holder, 'close').then(
    ([status]) => {
      if (status === isHeldStatus) throw lockHeld(file, mostSeconds)
      throw commandFailed(argv.join(' '), endedWith(status), said.trim().split('\n'))
    },
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? commandMissing(program) : error
    },
  )
  try {
    await Promise.race([once(holder.stdout, 'data'), refused])
    return await work()
  } finally {
    holder.stdin.end()
  }
}
