import { CommanderError } from 'commander'
import { fail } from './output.js'
import { createProgram } from './program.js'

/** Runs one command line; sets the exit code: 0 done, 1 refused or failed, 2 wrong usage, 70 a bug of ours. */
export const main = async (argv: readonly string[]): Promise<void> => {
  // A reader that goes away, `gatling logs | head`, is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (stream === process.stdout) process.exit()
    })
  }
  try {
    await createProgram().parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else fail(error)
  }
}
