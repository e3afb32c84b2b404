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
}

/**
 * The releases that may go. What is needed always stays; it counts among the newest. One that somebody went back from does not
 * count, and stays as long as it is among those that do.
 */
export const spareReleases = (
  held: readonly Held[],
  needed: readonly number[],
  { keep, budget }: RetentionRules,
): number[] => {
  const newestFirst = [...held].sort((one, other) => other.number - one.number)
  let room = budget ?? Number.POSITIVE_INFINITY
  // What is needed takes its room first, whatever its age.
  for (const { number, bytes } of held) if (needed.includes(number)) room -= bytes
  const spare: number[] = []
  let newer = 0
  for (const { number, bytes, good } of newestFirst) {
    const age = newer
    if (good) newer++
    if (needed.includes(number)) continue
    if (age >= keep || bytes > room) spare.push(number)
    else room -= bytes
  }
  return spare
}
