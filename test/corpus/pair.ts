/** A place in a file to change: `from` occurs in it exactly once. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The changes that turn one version of an app into another. */
export interface Change {
  readonly edits?: readonly Edit[]
  /** Whole files by their path; null removes one. */
  readonly files?: Readonly<Record<string, string | null>>
  /** Changes the built release into one that the machine cannot build, such as one with another OTP. */
  readonly release?: (dir: string) => Promise<void>
}

/** The expected mode for a running version, and the code of a reason. */
export interface Expectation {
  readonly mode: 'noop' | 'hot' | 'swap'
  readonly because?: string
  /** The code of a reason that must be absent. */
  readonly lacks?: string
  /** A text that the reasons contain. */
  readonly says?: string
}

/** Texts that the answer to a GET contains. */
export interface Shown {
  readonly path: string
  readonly before: string
  /** After a hot upgrade, and after a fresh boot. */
  readonly after: string
}

/** The wrong answer of a pair that needs a swap, after a hot upgrade. */
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
  /** The base app; by default `app`. */
  readonly base?: 'app' | 'umbrella'
  /** The change to the base; by default none. */
  readonly old?: Change
  /** The change to the old version. */
  readonly new: Change
  readonly up: Expectation
  /** The way back; by default with the mode of `up`. */
  readonly down?: Expectation
  readonly shows?: readonly Shown[]
  readonly settings?: { readonly dependencies?: 'hot' | 'swap' }
  readonly wouldFail?: Failure
  /** The repository's own apps; by default `counter` alone. */
  readonly own?: readonly string[]
}

/** Makes an edit. */
export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to })
