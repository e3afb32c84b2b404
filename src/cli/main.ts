import { CommanderError } from 'commander'
import { needsRoot } from '../core/errors.js'
import { isServer } from '../state/server.js'
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
    const code = await elsewhere(argv)
    if (code !== null) process.exitCode = code
    else await createProgram().parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else fail(error)
  }
}

/**
 * Where a command runs that does not run here: on the server that this folder's app is pushed to, or, on a server, as the
 * user of the app it speaks of. @returns its exit code; null: it runs here.
 */
const elsewhere = async (argv: readonly string[]): Promise<number | null> => {
  // Said by whoever has decided already.
  if (process.env['GATLING_HOME'] !== undefined) return null
  if (!isServer()) {
    const { maybeForward } = await import('./remote.js')
    return maybeForward(argv)
  }
  if (process.geteuid?.() !== 0) {
    if (argv.length === 0 || argv[0]?.startsWith('-')) return null
    throw needsRoot(argv.join(' '))
  }
  const { dispatch } = await import('../server/dispatch.js')
  const { whoAmI } = await import('../deploy/start.js')
  return dispatch(argv, whoAmI())
}
