// Gives the tests a folder for temporary files: in memory if there is room, because they write gigabytes of small files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const prefix = 'gatling-run-'
/** The memory that must be free, in bytes. The disks of the test machines use most of it. */
const needed = 12 * 2 ** 30
/** The type of a file system in memory (statfs(2), TMPFS_MAGIC). */
const tmpfs = 0x01021994

/**
 * Makes the folder of this run, which is removed when the run ends.
 * @returns the environment variables that name it.
 */
export const temporaryFolder = () => {
  for (const place of [memory, tmpdir()]) sweep(place)
  const place = isFit() ? memory : tmpdir()
  const folder = join(place, `${prefix}${process.pid}-${startOf(process.pid)}`)
  mkdirSync(folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // Ctrl-C ends the tests. This process waits for their end, then removes the folder.
  process.on('SIGINT', () => {})
  // All runs share one place, so that the next run removes the machines of a killed one.
  return { TMPDIR: folder, GATLING_LABS: join(place, 'gatling-labs') }
}

/**
 * Returns the start of a process, in clock ticks since boot (proc(5), stat); null: it does not exist.
 * @param {number | string} pid
 */
const startOf = pid => {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? null
    )
  } catch {
    return null
  }
}

const isFit = () => {
  if (!existsSync(memory) || process.availableMemory() < needed) return false
  const { type, bavail, bsize } = statfsSync(memory)
  return type === tmpfs && bavail * bsize > needed && allowsPrograms()
}

/** Tells whether programs can run in a folder, because a mount can be `noexec`. */
const allowsPrograms = () => {
  const program = join(memory, `${prefix}${process.pid}.sh`)
  try {
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 })
    return spawnSync(program).status === 0
  } catch {
    return false
  } finally {
    rmSync(program, { force: true })
  }
}

/** Removes the folders of killed runs, except another user's. @param {string} place */
const sweep = place => {
  if (!existsSync(place)) return
  for (const name of readdirSync(place)) {
    const [, pid, start] = new RegExp(`^${prefix}(\\d+)-(\\d+)$`).exec(name) ?? []
    if (pid === undefined || startOf(pid) === start) continue
    try {
      rmSync(join(place, name), { recursive: true, force: true })
    } catch {}
  }
}
