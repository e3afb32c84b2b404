// Gives the tests a folder for temporary files: in memory if there is room, because they write gigabytes of small files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const prefix = 'gatling-run-'
/** Memory that must be free, in bytes. The disks of the test machines take most of it. */
const needed = 12 * 2 ** 30
/** statfs(2): TMPFS_MAGIC */
const tmpfs = 0x01021994

/** Makes the folder of this run, which goes when the run ends. @returns the environment variables that name it. */
export const temporaryFolder = () => {
  for (const place of [memory, tmpdir()]) sweep(place)
  const place = isFit() ? memory : tmpdir()
  const folder = join(place, `${prefix}${process.pid}-${startOf(process.pid)}`)
  mkdirSync(folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // Ctrl-C ends what runs; this process waits for that, and then removes the folder.
  process.on('SIGINT', () => {})
  // One place for all runs: the next run removes the machines of a killed one.
  return { TMPDIR: folder, GATLING_LABS: join(place, 'gatling-labs') }
}

/** When a process began, in clock ticks since boot (proc(5), stat); null: it is not there. @param {number | string} pid */
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

/** A mount can be `noexec`. */
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

/** Removes the folders of killed runs; another user's stays. @param {string} place */
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
