/** A release on disk. */
export interface Held {
  readonly number: number
  /** Nobody went back from it, neither a person nor Gatling. */
  readonly good: boolean
  /** How much of the disk it takes, in bytes. */
  readonly bytes: number
}

export interface RetentionRules {
  /** How many of the newest good releases stay. */
  readonly keep: number
  /** How much all of them may take together, in bytes; null: no limit. */
  readonly budget: number | null
  /** Whether releases that somebody went back from may stay, too. */
  readonly left: boolean
}

/**
 * Returns the releases that may be removed, the oldest last. A needed release always stays, and counts among the
 * newest. A release that somebody went back from does not count. It stays while it is among the newest, if the good
 * ones leave room for it.
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
  // The way back to a good release is worth more.
  const stay = [...wanted.filter(({ good }) => good), ...wanted.filter(({ good }) => !good)].filter(takesRoom)
  return newestFirst.filter(one => !isNeeded(one) && !stay.includes(one)).map(({ number }) => number)
}
