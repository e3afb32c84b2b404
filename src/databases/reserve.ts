import { statfsSync } from 'node:fs'

const mega = 1_024 ** 2

/** What must stay free on the disk of a folder, in bytes: a twentieth, and at most 2 GiB. The archive script has the same rule. */
export const reserveOn = (folder: string): number => {
  const { bsize, blocks } = statfsSync(folder)
  return Math.min((blocks * bsize) / 20, 2 * 1_024 * mega)
}

/** PostgreSQL recycles at least so much of its WAL (min_wal_size). */
const leastWal = 80
const mostWal = 512

/**
 * How much WAL a cluster may write between two checkpoints, in MB (max_wal_size): it must fit in what stays free, together
 * with what comes until a checkpoint ends. Else the WAL of a busy hour fills a small disk, and PostgreSQL stops.
 */
export const walRoom = (reserve: number): number =>
  Math.min(mostWal, Math.max(leastWal, Math.floor(reserve / 2 / 16 / mega) * 16))
