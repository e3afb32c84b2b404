import { statfsSync } from 'node:fs'

const mega = 1_024 ** 2

/**
 * Returns the room that must stay free on the disk of a folder, in bytes: a twentieth, at most 2 GiB. The archive
 * script has the same rule.
 */
export const reserveOn = (folder: string): number => {
  const { bsize, blocks } = statfsSync(folder)
  return Math.min((blocks * bsize) / 20, 2 * 1_024 * mega)
}

/** The WAL that PostgreSQL recycles at least, in MB (min_wal_size). */
const leastWal = 80
const mostWal = 512

/**
 * Returns how much WAL a cluster can write between two checkpoints, in MB (max_wal_size). Together with the WAL until a
 * checkpoint ends, it must fit into the reserve. Otherwise the WAL of a busy hour fills a small disk, and PostgreSQL
 * stops.
 */
export const walRoom = (reserve: number): number =>
  Math.min(mostWal, Math.max(leastWal, Math.floor(reserve / 2 / 16 / mega) * 16))

/**
 * Returns how much WAL may wait for the archive, in bytes. PostgreSQL gives it up segment by segment, and on a small disk
 * a busy hour writes faster than that.
 */
export const waitingRoom = (reserve: number): number =>
  Math.min(1_024 * mega, Math.floor(reserve / mega) * mega)
