// Gives the tests a folder for temporary files: in memory if there is room, because they write gigabytes of small files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
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
  const folder = join(isFit() ? memory : tmpdir(), `${prefix}${process.pid}`)
  sweep(memory)
  sweep(tmpdir())
  mkdirSync(folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  /** @type {Record<string, string>} */
  const environment = { TMPDIR: folder }
  // One place for all runs: the next run removes the machines of a killed one.
  if (folder.startsWith(memory)) environment['GATLING_LABS'] = join(memory, 'gatling-labs')
  return environment
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

/** Removes the folders of killed runs. @param {string} folder */
const sweep = folder => {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`))
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}
