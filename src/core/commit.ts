import type { Live } from './live.js'

/** Where it is written down what serves. */
export interface Ledger {
  /** What serves. */
  readonly live: Live | null
  /** The release that the link `current` points to; null: to none. */
  readonly current: number | null
  /** Writes down what serves, and what serves instead once `current` points to it. */
  write(live: Live | null, next: Live | null): void
  /** Does all of a flip of `current` that may fail for lack of room. @returns the rest, which only renames. */
  prepareFlip(release: number): () => void
}

/**
 * The point of no return of a deploy: from here on this release is the one that serves, and boots. It is one rename, that
 * of `current`, which the state names beforehand: the running node looks at the same link, so that both see
 * the same after a crash. Then the state says it by itself again.
 */
export const commit = (live: Live, { live: before, current, write, prepareFlip }: Ledger): void => {
  if (current === live.release) {
    // The same release, from another place.
    write(live, null)
    return
  }
  const flip = prepareFlip(live.release)
  write(before, live)
  flip()
  try {
    write(live, null)
  } catch {
    // For lack of room, say; the state says the same as it is.
  }
}
