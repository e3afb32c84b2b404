import { readFileSync } from 'node:fs'
import * as v from 'valibot'

/** Identifies a process, even if a later process gets the same pid. */
export const ownerSchema = v.object({ pid: v.number(), started: v.string(), boot: v.string() })
export type Owner = v.InferOutput<typeof ownerSchema>

/** Returns the identity of a process. @throws Error if there is no such process. */
export const ownerOf = (pid: number): Owner => ({ pid, started: startTicks(pid), boot: bootId() })

/** Returns the identity of a process; null: there is no such process. */
export const ownerIfAlive = (pid: number): Owner | null => {
  try {
    return ownerOf(pid)
  } catch {
    return null
  }
}

export const isAlive = (owner: Owner): boolean => {
  try {
    return owner.boot === bootId() && owner.started === startTicks(owner.pid)
  } catch {
    return false
  }
}

/** Tells whether a process started after the last boot. */
export const isOfThisBoot = ({ boot }: Owner): boolean => boot === bootId()

/**
 * Identifies this start of the machine. In a container a sandboxed unit has its own /proc and can read another id, so its
 * starter passes it on.
 */
export const bootId = (): string =>
  process.env['GATLING_BOOT'] ?? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** Reads field 22 of /proc/PID/stat. The name in field 2 can contain spaces and brackets (proc(5)). */
const startTicks = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z') throw new Error(`process ${pid} has ended`)
  return fields[19] ?? ''
}
