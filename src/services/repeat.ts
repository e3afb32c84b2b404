/** The pause before a signal is sent again, in ms. Each pause is twice as long as the one before. */
const firstPauseMs = 1_000

/**
 * Sends SIGTERM again to a stopping instance. A booting BEAM loses the signal, because the kernel application brings
 * the handler (erl_signal_server). Each signal that it gets is a line in the app's log, so the pauses grow.
 * @returns the function that ends this.
 */
export const repeat = (say: () => void): (() => void) => {
  let timer: NodeJS.Timeout
  const after = (ms: number): void => {
    timer = setTimeout(() => {
      say()
      after(2 * ms)
    }, ms)
  }
  after(firstPauseMs)
  return () => clearTimeout(timer)
}
