import type { Random } from '../test/torture/random.js'
import { uniform } from './chance.js'
import { type Cell, type Fleet, readAt } from './fleet.js'
import type { Version } from './version.js'
import { watch } from './watch.js'

/** The durations of a deploy's parts, in ms: a cell reads the log, gets the release, switches one machine (bench/README.md). */
export const times = { read: 2_000, send: 10_000, switch: 2_500 }

/** The deploy of one cell. Times are in ms since the rollout began. */
export interface Turn {
  readonly cell: Cell
  /** When the log named the cell. */
  readonly askedAt: number
  /** When its canary, the first machine, serves the version. */
  readonly canaryAt: number
  /** When all its machines serve the version; Infinity: never. */
  readonly allAt: number
  /** When its watch reverts the version; Infinity: never. */
  readonly backAt: number
  /** When it has committed or reverted the version. */
  readonly finalAt: number
}

/** Deploys to one cell: first to a canary, then to all machines. A watch follows each. */
export const takeTurn = (fleet: Fleet, version: Version, cell: Cell, now: number, random: Random): Turn => {
  const canaryAt = readAt(cell, now) + uniform(random) * times.read + times.send + times.switch
  if (!fleet.isWatched)
    return { cell, askedAt: now, canaryAt, allAt: canaryAt, backAt: Infinity, finalAt: canaryAt }
  const perSecond = cell.users * fleet.asks
  const canary = watch(version, cell.nature, perSecond / fleet.perCell, random)
  const seenAt = canaryAt + canary.ms
  if (canary.isBad) return { cell, askedAt: now, canaryAt, allAt: Infinity, backAt: seenAt, finalAt: seenAt }
  const allAt = seenAt + times.switch
  const all = watch(version, cell.nature, perSecond, random)
  const finalAt = allAt + all.ms
  return { cell, askedAt: now, canaryAt, allAt, backAt: all.isBad ? finalAt : Infinity, finalAt }
}
