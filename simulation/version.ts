/** A new version, by the share of its requests that fail. */
export interface Version {
  readonly name: string
  /**
   * Returns the share of requests that fail.
   * @param ageMs how long the version has served on the machine
   * @param cell the nature of the cell, from 0 to 1, for errors that depend on its data
   */
  readonly fails: (ageMs: number, cell: number) => number
  /** The factor by which its answers take longer. */
  readonly slower: number
  readonly isGood: boolean
}

const bad = (name: string, fails: Version['fails'], slower = 1): Version => ({
  name,
  fails,
  slower,
  isGood: false,
})

/** The share of requests that fail in any version. */
export const usualErrors = 0.001

export const good: Version = { name: 'good', fails: () => usualErrors, slower: 1, isGood: true }

/** Versions with the faults that users can meet. */
export const badVersions: readonly Version[] = [
  bad('every request fails', () => 1),
  bad('20 % fail', () => 0.2),
  bad('8 % fail', () => 0.08),
  bad('2 % fail', () => 0.02),
  bad('answers take 8 times as long', () => usualErrors, 8),
  bad('all fail after 30 s', ageMs => (ageMs < 30_000 ? usualErrors : 1)),
  bad('all fail in 1 cell of 100', (_, cell) => (cell < 0.01 ? 1 : usualErrors)),
]
