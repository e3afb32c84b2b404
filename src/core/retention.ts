/** A release on disk. */
export interface Held {
  readonly number: number
  /** What it takes of the disk, in bytes. */
  readonly bytes: number
}

export interface RetentionRules {
  /** How many of the newest stay. */
  readonly keep: number
  /** What all may take together, in bytes; null: as much as they take. */
  readonly budget: number | null
}

/**
 * The releases that may go. What runs, what it booted from and what is pinned always stays; it counts among the newest.
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
  for (const [age, { number, bytes }] of newestFirst.entries()) {
    if (needed.includes(number)) continue
    if (age >= keep || bytes > room) spare.push(number)
    else room -= bytes
  }
  return spare
}
