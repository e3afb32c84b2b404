/** A new version, by the share of its requests that fail. */
export interface Version {
  readonly name: string
  /**
   * Returns the share of requests that fail.
   * @param ageMs how long the version has had the requests of a machine
   * @param cell a number from 0 to 1 that belongs to the cell, for what depends on its data
   */
  readonly fails: (ageMs: number, cell: number) => number
  /** By how many times its answers take longer; 1: no longer. */
  readonly slower: number
  readonly isGood: boolean
}

const bad = (name: string, fails: Version['fails'], slower = 1): Version => ({
  name,
  fails,
  slower,
  isGood: false,
})

/** How many requests fail in any version, as a share. */
export const usualErrors = 0.001

export const good: Version = { name: 'good', fails: () => usualErrors, slower: 1, isGood: true }

/** What a new version can do to its users. */
export const badVersions: readonly Version[] = [
  bad('every request fails', () => 1),
  bad('20 % fail', () => 0.2),
  bad('8 % fail', () => 0.08),
  bad('2 % fail', () => 0.02),
  bad('answers take 8 times as long', () => usualErrors, 8),
  bad('all fail after 30 s', ageMs => (ageMs < 30_000 ? usualErrors : 1)),
  bad('all fail in 1 cell of 100', (_, cell) => (cell < 0.01 ? 1 : usualErrors)),
]
