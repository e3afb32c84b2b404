/** After how long a signal is sent again, in ms; then after twice as long, and so on. */
const firstPauseMs = 1_000

/**
 * Sends SIGTERM again to an instance that is being stopped. A booting BEAM loses it, because the kernel application brings
 * the handler (erl_signal_server). Each signal that it does get is a line in the app's log, so the pauses grow.
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
