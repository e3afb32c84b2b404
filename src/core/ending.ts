/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Set if the process could not be started. */
  readonly error: NodeJS.ErrnoException | null
}

/** Returns the ending of a process with this exit status. */
export const endedWith = (code: number): Ending => ({ code, signal: null, error: null })

/** Says how a process ended, as the end of a sentence. */
export const describeEnding = ({ code, signal, error }: Ending): string => {
  if (error) return `could not be started: ${error.message}`
  return signal ? `was killed by ${signal}` : `ended with status ${code}`
}
