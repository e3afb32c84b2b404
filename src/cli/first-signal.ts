/** Resolves when the process is told to stop, for a command that runs until then. */
export const firstSignal = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
