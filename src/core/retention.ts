/** A release on disk. */
export interface Held {
  readonly number: number
  /** Nobody went back from it. */
  readonly good: boolean
  /** What it takes of the disk, in bytes. */
  readonly bytes: number
}

export interface RetentionRules {
  /** How many of the newest good ones stay. */
  readonly keep: number
  /** What all may take together, in bytes; null: as much as they take. */
  readonly budget: number | null
  /** Whether those that somebody went back from may stay, too. */
  readonly left: boolean
}

/**
 * The releases that may go, the oldest last. A needed release always stays, and counts among the newest. One that somebody went
 * back from does not count, and stays as long as it is among those that do, in the room they leave.
 */
export const spareReleases = (
  held: readonly Held[],
  needed: readonly number[],
  { keep, budget, left }: RetentionRules,
): number[] => {
  const newestFirst = [...held].sort((one, other) => other.number - one.number)
  const isOld = ({ number }: Held): boolean =>
    newestFirst.filter(other => other.good && other.number > number).length >= keep
  const isNeeded = ({ number }: Held): boolean => needed.includes(number)
  let room = budget ?? Number.POSITIVE_INFINITY
  const takesRoom = ({ bytes }: Held): boolean => {
    if (bytes > room) return false
    room -= bytes
    return true
  }
  for (const { bytes } of held.filter(isNeeded)) room -= bytes
  const wanted = newestFirst.filter(one => !isNeeded(one) && !isOld(one) && (one.good || left))
  // The way back to a good one is worth more.
  const stay = [...wanted.filter(({ good }) => good), ...wanted.filter(({ good }) => !good)].filter(takesRoom)
  return newestFirst.filter(one => !isNeeded(one) && !stay.includes(one)).map(({ number }) => number)
}
