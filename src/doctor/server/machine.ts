import { readFileSync, statfsSync } from 'node:fs'
import * as timedatectl from '../../commands/timedatectl.js'
import { size } from '../../core/size.js'
import { serverPaths } from '../../state/server.js'
import { ask, isMissing } from '../ask.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { percent } from '../sizes.js'

export const disk = (): Answer => {
  const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(serverPaths.home)
  return [
    // Space that is reserved for root counts as neither free nor used, as in df(1).
    roomFinding('room', { free: bavail * bsize, total: (blocks - bfree + bavail) * bsize, write: size }),
    ...(files === 0 ? [] : [roomFinding('files', { free: ffree, total: files, write: String })]),
  ]
}

const tightRoom = 0.15
const noRoom = 0.05

export const roomFinding = (
  what: 'room' | 'files',
  { free, total, write }: { free: number; total: number; write: (count: number) => string },
): Said => {
  const share = total === 0 ? 0 : free / total
  const text =
    what === 'room'
      ? `${write(free)} of ${write(total)} are free for ${serverPaths.home} (${percent(free, total || 1)})`
      : `${write(free)} of ${write(total)} more files can be made in ${serverPaths.home} (${percent(free, total || 1)})`
  if (share >= tightRoom) return ok(text)
  const remedy = `See what takes it: du -xh --max-depth=3 ${serverPaths.home} | sort -h | tail; journalctl --vacuum-size=200M and apt clean make some.`
  return share < noRoom ? problem(text, remedy) : warning(text, remedy)
}

export const memory = (): Answer => memoryFinding(parseMeminfo(readFileSync('/proc/meminfo', 'utf8')))

/** Reads bytes by name (proc(5), /proc/meminfo). */
export const parseMeminfo = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name = '', kib]) => [name, Number(kib) * 1024]),
  )

/**
 * The least free memory, in bytes. The first compilation of a Phoenix app takes several hundred MB, and a second
 * instance can run beside the first.
 */
const leastMemory = 700 * 1024 ** 2

export const memoryFinding = (meminfo: Readonly<Record<string, number>>): Said => {
  const { MemAvailable: available, SwapFree: swap = 0, SwapTotal: swapTotal = 0 } = meminfo
  if (available === undefined) throw new Error('/proc/meminfo does not say what is available')
  const text = `${size(available)} of memory are free, and ${swapTotal === 0 ? 'there is no swap' : `${size(swap)} of swap`}`
  return available + swap >= leastMemory
    ? ok(text)
    : warning(
        `${text}: a build can run out of memory`,
        'Add swap: fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile, and a line for it in /etc/fstab.',
      )
}

export const clock = async (): Promise<Answer> => {
  const answer = await ask(timedatectl.isSynchronised)
  if (isMissing(answer)) throw new Error('there is no program timedatectl')
  return clockFinding(answer.stdout.trim())
}

export const clockFinding = (said: string): Said => {
  if (said === 'yes') return ok('the clock is synchronised')
  if (said !== 'no') throw new Error('timedatectl does not say whether the clock is synchronised')
  return warning(
    'the clock is not synchronised: certificates and signed sessions depend on it',
    'apt install systemd-timesyncd && timedatectl set-ntp true',
  )
}
