import type { Fleet } from './fleet.js'
import type { Turn } from './turn.js'
import { usualErrors, type Version } from './version.js'

const stepMs = 500

/**
 * Returns how many users of a cell get a bad answer until the version ends there, beyond the usual errors. A user asks at
 * any moment with the same chance. So the chance of no bad answer falls exponentially with the expected bad answers.
 */
export const harmedBy = ({ perCell, asks }: Fleet, version: Version, turn: Turn, endAt: number): number => {
  const { cell, canaryAt, allAt } = turn
  if (version.isGood) return 0
  let expected = 0
  for (let at = canaryAt; at < endAt; at += stepMs) {
    const share = at < allAt ? 1 / perCell : 1
    expected += (asks * stepMs * share * badShare(version, at - canaryAt, cell.nature)) / 1_000
  }
  return cell.users * (1 - Math.exp(-expected))
}

const badShare = ({ slower, fails }: Version, ageMs: number, nature: number): number =>
  slower > 1 ? 1 : Math.max(0, fails(ageMs, nature) - usualErrors)
