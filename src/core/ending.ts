/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Set when it could not be started. */
  readonly error: NodeJS.ErrnoException | null
}

/** An exit status as an ending. */
export const endedWith = (code: number): Ending => ({ code, signal: null, error: null })

/** Says how a process ended, as the end of a sentence. */
export const describeEnding = ({ code, signal, error }: Ending): string => {
  if (error) return `could not be started: ${error.message}`
  return signal ? `was killed by ${signal}` : `ended with status ${code}`
}
