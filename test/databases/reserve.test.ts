import { describe, expect, it } from 'vitest'
import { walRoom } from '../../src/databases/reserve.js'

const giga = 1_024 ** 3

describe('the WAL of a cluster', () => {
  it.each([
    [3, 80],
    [8, 192],
    [20, 512],
    [500, 512],
  ])('fits into the reserve on a disk of %i GB', (size, wal) => {
    expect(walRoom(Math.min((size * giga) / 20, 2 * giga))).toBe(wal)
  })
})
