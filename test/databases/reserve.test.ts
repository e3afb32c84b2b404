import { describe, expect, it } from 'vitest'
import { waitingRoom, walRoom } from '../../src/databases/reserve.js'

const giga = 1_024 ** 3

describe('the WAL of a cluster', () => {
  it.each([
    [3, 80, 153],
    [8, 192, 409],
    [20, 512, 1_024],
    [500, 512, 1_024],
  ])('fits into the reserve on a disk of %i GB, also while it waits', (size, wal, waiting) => {
    const reserve = Math.min((size * giga) / 20, 2 * giga)
    expect([walRoom(reserve), waitingRoom(reserve) / 1_024 ** 2]).toEqual([wal, waiting])
  })
})
