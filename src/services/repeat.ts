/** After how long a signal is said again, in ms; then after twice as long, and so on. */
const firstPauseMs = 1_000

/**
 * Says SIGTERM again to what is being stopped. A BEAM that is just booting loses it, for what hears it comes with the kernel
 * application (erl_signal_server); of one that hears it each is a line in the app's log, so it is not said often.
 * @returns what ends it.
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
