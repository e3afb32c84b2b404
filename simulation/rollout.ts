import type { Random } from '../test/torture/random.js'
import { type Cell, cellsOf, type Fleet, readAt } from './fleet.js'
import { harmedBy } from './harm.js'
import { type Turn, takeTurn, times } from './turn.js'
import type { Version } from './version.js'
import { looksBad } from './watch.js'

export interface Outcome {
  /** Whether Gatling stopped it, rather than a person. */
  readonly isStopped: boolean
  /** The machines that ever served it. */
  readonly machines: number
  /** The time from its first request until it serves nowhere, or everywhere if it is good, in ms. */
  readonly ms: number
  /** The share of all users who got a bad answer. */
  readonly harmed: number
  /** The cells that got it after their wave, because they were cut off. */
  readonly late: number
}

/** Brings a version to a fleet, wave by wave, and reverts it if it is bad. */
export const rollOut = (fleet: Fleet, version: Version, random: Random): Outcome => {
  const cells = cellsOf(fleet, random)
  const outcome = (turns: readonly Turn[], stopAt: number, isStopped: boolean): Outcome => ({
    ...reachOf(fleet, turns, stopAt),
    isStopped,
    harmed: harmedIn(fleet, version, turns, stopAt) / usersOf(cells),
    late: turns.filter(isLate).length,
  })
  const turns: Turn[] = []
  let now = 0
  let lastAt = 0
  for (const share of fleet.waves) {
    const wave = cells.slice(turns.length, Math.max(1, Math.round(cells.length * share)))
    if (wave.length === 0) continue
    const begun = wave.map(cell => takeTurn(fleet, version, cell, now, random))
    turns.push(...begun)
    const stopAt = stopOf(fleet, version, begun, random)
    if (stopAt < Infinity) return outcome(turns, stopAt, true)
    // A wave does not wait for a cell that is cut off. The cell has its turn once it is reachable.
    lastAt = Math.max(now, ...begun.filter(turn => !isLate(turn)).map(({ finalAt }) => finalAt))
    now = lastAt + fleet.restMs
  }
  return version.isGood
    ? { ...outcome(turns, Infinity, false), ms: lastAt }
    : outcome(turns, lastAt + fleet.noticedMs, false)
}

/** Returns when a wave is stopped: at the first bad cell beyond the bearable ones. A cell is found bad by its watch, or afterwards. */
const stopOf = (fleet: Fleet, version: Version, wave: readonly Turn[], random: Random): number => {
  if (!fleet.isWatched) return Infinity
  const badAt = ({ cell, backAt, finalAt }: Turn): number => {
    if (backAt < Infinity) return backAt
    const isBad = looksBad(version, cell.nature, fleet.restMs, cell.users * fleet.asks, random)
    return isBad ? finalAt + fleet.restMs : Infinity
  }
  const found = wave.map(badAt).sort((one, other) => one - other)
  return found[Math.floor(wave.length * fleet.bearable)] ?? Infinity
}

const isLate = ({ cell, askedAt }: Turn): boolean => readAt(cell, askedAt) > askedAt

/** Returns when a cell serves the old version again: its own watch reverts, or it reads in the log that the rollout is stopped. */
const endOf = ({ cell, backAt }: Turn, stopAt: number): number =>
  Math.min(backAt, readAt(cell, stopAt) + times.read)

const servedBefore = (turns: readonly Turn[], stopAt: number): readonly Turn[] =>
  turns.filter(({ canaryAt }) => canaryAt < stopAt)

const reachOf = (
  { perCell }: Fleet,
  turns: readonly Turn[],
  stopAt: number,
): Pick<Outcome, 'machines' | 'ms'> => {
  const served = servedBefore(turns, stopAt)
  const machinesOf = (turn: Turn): number => (turn.allAt < endOf(turn, stopAt) ? perCell : 1)
  return {
    machines: served.reduce((sum, turn) => sum + machinesOf(turn), 0),
    ms:
      Math.max(...served.map(turn => endOf(turn, stopAt))) -
      Math.min(...served.map(({ canaryAt }) => canaryAt)),
  }
}

const harmedIn = (fleet: Fleet, version: Version, turns: readonly Turn[], stopAt: number): number =>
  servedBefore(turns, stopAt).reduce(
    (sum, turn) => sum + harmedBy(fleet, version, turn, endOf(turn, stopAt)),
    0,
  )

const usersOf = (cells: readonly Cell[]): number => cells.reduce((sum, { users }) => sum + users, 0)
