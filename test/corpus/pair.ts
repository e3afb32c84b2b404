/** A place in a file to change: `from` occurs in it exactly once. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** What makes one version of an app another. */
export interface Change {
  readonly edits?: readonly Edit[]
  /** Whole files by their path; null removes one. */
  readonly files?: Readonly<Record<string, string | null>>
  /** The last touch to the built release, for what one machine cannot build: another OTP. */
  readonly release?: (dir: string) => Promise<void>
}

/** What to do with a running version, and the code of a reason why. */
export interface Expectation {
  readonly mode: 'noop' | 'hot' | 'swap'
  readonly because?: string
  /** The code of a reason that is not told. */
  readonly lacks?: string
  /** A text in the reasons. */
  readonly says?: string
}

/** Texts that the answer to a GET contains. */
export interface Shown {
  readonly path: string
  readonly before: string
  /** After a hot upgrade, and after a fresh boot. */
  readonly after: string
}

/** What a swap row answers if it is upgraded hot anyway. */
export interface Failure {
  readonly path: string
  readonly status?: number
  readonly contains?: string
  readonly lacks?: string
}

/** Two versions of an app, and how to get from one to the other. */
export interface Pair {
  readonly name: string
  readonly about: string
  /** The app it is about; `app` if not said. */
  readonly base?: 'app' | 'umbrella'
  /** Laid over the base; the base itself if not said. */
  readonly old?: Change
  /** Laid over the old version. */
  readonly new: Change
  readonly up: Expectation
  /** The way back; of the same mode as `up` if not said. */
  readonly down?: Expectation
  readonly shows?: readonly Shown[]
  readonly settings?: { readonly dependencies?: 'hot' | 'swap' }
  readonly wouldFail?: Failure
  /** The repository's own apps; `counter` alone if not said. */
  readonly own?: readonly string[]
}

/** Shorthand for an edit. */
export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to })
