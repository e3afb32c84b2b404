/**
 * An error that a user can meet. It says what happened (`message`) and what to do next (`hint`). The end of a deploy
 * adds what is live. Each room makes its own in its `errors.ts`, and docs/errors.md lists them all.
 */
export class GatlingError extends Error {
  override readonly name = 'GatlingError'

  readonly hint: string
  readonly exitCode: ExitCode
  /** The lines of a program that the message quotes. */
  readonly output: readonly string[]
  /** The signal that ended that program. */
  readonly signal: NodeJS.Signals | null
  /** The step of the pipeline in which it happened. */
  readonly step: string | null

  constructor(
    /** Never changes once published. */
    readonly code: string,
    { message, hint, exitCode = 1, cause, output = [], signal = null, step = null }: ErrorText,
  ) {
    super(message, { cause })
    this.hint = hint
    this.exitCode = exitCode
    this.output = output
    this.signal = signal
    this.step = step
  }
}

/** 1: refused or failed. 2: wrong usage. 70: a bug of ours (sysexits.h, EX_SOFTWARE). */
export type ExitCode = 1 | 2 | 70

interface ErrorText {
  readonly message: string
  readonly hint: string
  readonly exitCode?: ExitCode
  readonly cause?: unknown
  readonly output?: readonly string[]
  readonly signal?: NodeJS.Signals | null
  readonly step?: string | null
}

/** Makes an error of one code from the facts about it. */
export interface ErrorMaker<Facts extends unknown[]> {
  (...facts: Facts): GatlingError
  readonly code: string
  /** One sentence for the error reference. */
  readonly about: string
}

/**
 * Defines an error.
 * @param say makes the message and the hint from the facts.
 */
export const error = <Facts extends unknown[]>(
  code: string,
  about: string,
  say: (...facts: Facts) => ErrorText,
): ErrorMaker<Facts> => {
  const make = (...facts: Facts): GatlingError => new GatlingError(code, say(...facts))
  return Object.assign(make, { code, about })
}

/** Tells whether an export of a file of errors makes an error. */
export const isMaker = (value: unknown): value is ErrorMaker<unknown[]> =>
  typeof value === 'function' && 'code' in value && 'about' in value
