import type { Live } from './live.js'

/** The record of the live version. */
export interface Ledger {
  readonly live: Live | null
  /** The release that the link `current` points to; null: to none. */
  readonly current: number | null
  /** Records the live version, and the version that becomes live once `current` points to it. */
  write(live: Live | null, next: Live | null): void
  /**
   * Does every part of a flip of `current` that can fail for lack of room.
   * @returns the last part, which only renames.
   */
  prepareFlip(release: number): () => void
}

/**
 * Makes a release live. This is the point of no return of a deploy: from here on this release serves and boots. The
 * commit is one rename, that of the link `current`. The state names the release beforehand, and the running node reads
 * the same link, so both agree after a crash. After the rename the state no longer depends on the link.
 */
export const commit = (live: Live, ledger: Ledger): void => prepareCommit(live, ledger)()

/** Does every part of a commit that can fail for lack of room. @returns the last part. */
export const prepareCommit = (
  live: Live,
  { live: before, current, write, prepareFlip }: Ledger,
): (() => void) => {
  // The same release moves to another slot.
  if (current === live.release) return () => write(live, null)
  const flip = prepareFlip(live.release)
  write(before, live)
  return () => {
    flip()
    try {
      write(live, null)
    } catch {
      // A full disk can cause this. The state already means the same together with the link.
    }
  }
}
