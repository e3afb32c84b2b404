import { isLead } from '../core/fleet.js'
import { notLead } from '../fleet/errors.js'
import { refuseClosed } from '../server/closed.js'
import type { RunAs } from '../server/run-as.js'
import { projectUnknown } from '../state/errors.js'
import { readFleet } from '../state/fleet.js'
import { isMade, registeredProjects } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import type { CommandFacts } from './command.js'
import type { Right } from './rights.js'
import { runNoted } from './run-noted.js'

/** Finds every app that a command line names anywhere, except in the words of a program. */
export const projectsIn = (argv: readonly string[], { program }: CommandFacts): readonly string[] => {
  const known = registeredProjects()
  const words = program ? operandsOf(argv).slice(0, 1) : argv.slice(1)
  return words.filter(word => known.includes(word))
}

/** Returns what follows a command that runs a program: the app, and the program's words. */
const operandsOf = ([, ...words]: readonly string[]): readonly string[] =>
  words[0] === '--' ? words.slice(1) : words

/**
 * Runs a command as the user of the app that it names, unless root must run it.
 * @returns its exit code; null: root must run it.
 * @throws GatlingError PROJECT_UNKNOWN or FILE_CLOSED.
 */
export const dispatch = async (
  argv: readonly string[],
  command: CommandFacts,
  who: string,
): Promise<number | null> => {
  refuseOnFollower(command)
  const [project] = projectsIn(argv, command)
  if (project === undefined || command.runsAs !== 'app') return null
  if (!isMade(project)) throw projectUnknown(project, undefined, [])
  refuseClosed(project)
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const attached = isTerminal && command.terminal ? 'terminal' : 'pipe'
  return runNoted(project, { ...commandLine(argv, command), verb: command.name, attached, who })
}

/** Refuses to change an app on a machine of a fleet that is not its lead. @throws GatlingError FLEET_NOT_LEAD. */
export const refuseOnFollower = ({ right, audit }: Pick<CommandFacts, 'right' | 'audit'>): void => {
  const changes = audit !== null && Array.isArray(right) && right.some(one => changing.includes(one))
  const fleet = changes ? readFleet() : null
  if (fleet !== null && !isLead(fleet)) throw notLead(fleet.lead)
}
const changing: readonly Right[] = ['deploy', 'config', 'db', 'admin']

/** Puts the arguments of a program apart, because they can be secret. */
const commandLine = (argv: readonly string[], { program }: CommandFacts): Pick<RunAs, 'argv' | 'words'> => {
  const [project = '', ...words] = operandsOf(argv)
  return program && words.length > 0
    ? { argv: [serverPaths.gatling, 'run-handed', project], words }
    : { argv: [serverPaths.gatling, ...argv] }
}
