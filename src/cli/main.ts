import { CommanderError } from 'commander'
import { auditPath, byHand, noting } from '../access/audit.js'
import { audited } from '../access/audited.js'
import { type CommandFacts, commandFor } from '../access/command.js'
import { listProjects } from '../state/apps.js'
import { gatlingHome } from '../state/paths.js'
import { isRootOfServer, isServer, isServerHome, serverPaths } from '../state/server.js'
import { needsRoot } from './errors.js'
import { fail } from './output.js'
import { createProgram } from './program.js'
import { commands } from './table.js'

/** Runs one command line and sets the exit code: 0 done, 1 refused or failed, 2 wrong usage, 70 a bug of Gatling. */
export const main = async (argv: readonly string[]): Promise<void> => {
  // A reader that goes away, as in `gatling logs | head`, is not an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (stream === process.stdout) process.exit()
    })
  }
  try {
    process.exitCode = await runLine(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else fail(error)
  }
}

/** Runs a command line that comes from a person, from ssh or from service(8). @returns the exit code. */
const runLine = async (given: readonly string[]): Promise<number> => {
  if (given[0] === 'enter') return (await import('./enter.js')).enter()
  const argv = given[0] === 'service' ? (await import('./service.js')).fromService(given) : given
  return (await onServer(argv)) ?? (await noted(argv, commandFor(commands, argv)))
}

/** Runs a command on the server of this folder's app. @returns its exit code; null: it runs here. */
const onServer = async (argv: readonly string[]): Promise<number | null> => {
  // The process that set GATLING_HOME has already decided where to run it.
  if (process.env['GATLING_HOME'] !== undefined || isServer()) return null
  const { maybeForward } = await import('./remote.js')
  return maybeForward(argv)
}

/** Runs a command on this machine, and notes it if it changes something. */
const noted = async (argv: readonly string[], command: CommandFacts | null): Promise<number> => {
  const home = gatlingHome()
  // Root has already noted a command that runs as an app's own user.
  if (isServerHome(home) && !isRootOfServer()) return carryOut(argv, command)
  const said = audited(argv, command, () => listProjects(home))
  const path = command?.runsAs === 'machine' ? serverPaths.audit : auditPath(home)
  return noting(path, byHand(), said, () => carryOut(argv, command))
}

/** Carries out a command line. @returns the exit code. */
const carryOut = async (argv: readonly string[], command: CommandFacts | null): Promise<number> => {
  const code = await asAppsUser(argv, command)
  if (code !== null) return code
  await createProgram(argv[0]).parseAsync([...argv], { from: 'user' })
  return Number(process.exitCode ?? 0)
}

/** Runs a command as the user of the app that it names, on a server. @returns its exit code; null: it runs here. */
const asAppsUser = async (argv: readonly string[], command: CommandFacts | null): Promise<number | null> => {
  if (process.env['GATLING_HOME'] !== undefined || !isServer()) return null
  if (process.geteuid?.() !== 0) {
    if (argv.length === 0 || argv[0]?.startsWith('-')) return null
    throw needsRoot(argv.join(' '))
  }
  if (command === null) return null
  const { dispatch } = await import('../access/dispatch.js')
  const { whoAmI } = await import('../runs/start.js')
  return dispatch(argv, command, whoAmI())
}
