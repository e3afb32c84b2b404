import type { Random } from '../test/torture/random.js'
import { normal, uniform } from './chance.js'

/** The machines that a version is rolled out to, and the rules of the rollout. Times are in ms. */
export interface Fleet {
  readonly machines: number
  /** The machines of a cell. A cell has its own database, and depends on no other cell. */
  readonly perCell: number
  /** The average number of users of a cell. */
  readonly usersPerCell: number
  /** The requests of a user, per second. */
  readonly asks: number
  /** The share of the cells that have the version after each wave. The first wave is at least one cell. */
  readonly waves: readonly number[]
  /** The time for which the cells of a wave serve before the next wave begins. */
  readonly restMs: number
  /** The share of a wave's cells that may be bad without a stop, rounded down to whole cells. */
  readonly bearable: number
  /** Whether Gatling watches the version. */
  readonly isWatched: boolean
  /** The time after the last wave until a person stops a bad version that Gatling did not stop. */
  readonly noticedMs: number
  /** The share of cells that are cut off once within an hour around the rollout, and for how long. */
  readonly cutOff: number
  readonly cutOffMs: number
}

/** Ten thousand machines. A version goes to one cell, then to 1, 10 and 50 % of the cells, then to all. */
export const inWaves: Fleet = {
  machines: 10_000,
  perCell: 10,
  usersPerCell: 1_000,
  asks: 0.1,
  waves: [0, 0.01, 0.1, 0.5, 1],
  restMs: 60_000,
  bearable: 0.01,
  isWatched: true,
  noticedMs: 15 * 60_000,
  cutOff: 0.02,
  cutOffMs: 10 * 60_000,
}

export interface Cell {
  /** A number from 0 to 1 that stands for how its data differs from that of other cells. */
  readonly nature: number
  readonly users: number
  /** When it is cut off, in ms since the rollout began. It serves meanwhile, and cannot read the log. */
  readonly gone: { readonly from: number; readonly until: number }
}

/** Makes the cells. Their sizes differ: the largest of a thousand has about twenty times the users of the median one. */
export const cellsOf = (fleet: Fleet, random: Random): Cell[] =>
  Array.from({ length: Math.max(1, Math.round(fleet.machines / fleet.perCell)) }, () => ({
    nature: uniform(random),
    users: Math.max(1, Math.round(fleet.usersPerCell * Math.exp(normal(random) - 0.5))),
    gone: random.chance(fleet.cutOff) ? goneFor(fleet.cutOffMs, random) : never,
  }))

const hourMs = 60 * 60_000
const never = { from: Infinity, until: Infinity }

/** Returns when a cell is cut off for this time. The rollout begins in the middle of that hour. */
const goneFor = (ms: number, random: Random): Cell['gone'] => {
  const from = (uniform(random) - 0.5) * hourMs
  return { from, until: from + ms }
}

/** Returns when a cell reads an entry that is written to the log at a time. */
export const readAt = ({ gone: { from, until } }: Cell, at: number): number =>
  at >= from && at < until ? until : at
