import { registeredProjects } from '../runtimes/root.js'
import { projectUnknown } from '../state/errors.js'
import { serverPaths } from '../state/server.js'
import { isMade } from './apps.js'
import { refuseClosed } from './closed.js'
import type { RunAs } from './run-as.js'
import { runNoted } from './run-noted.js'

/** What runs as the app's own user; everything else on a server is root's. */
const ofTheApp: readonly string[] = [
  ...['deploy', 'upgrade', 'plan', 'rollback', 'redeploy', 'retry', 'attach', 'cancel'],
  ...['history', 'releases', 'env', 'steps'],
  ...['run', 'console', 'unload'],
]

/** Every app that is named in a command line, whatever for; of `run` what follows the app is the program's own. */
export const projectsIn = (argv: readonly string[]): readonly string[] => {
  const known = registeredProjects()
  const words = argv[0] === 'run' ? argv.slice(1, 2) : argv.slice(1)
  return words.filter(word => known.includes(word))
}

/**
 * Runs a command as the user of the app it speaks of, if it is one that is not root's.
 * @returns its exit code; null: it is root's.
 * @throws GatlingError PROJECT_UNKNOWN or FILE_CLOSED.
 */
export const dispatch = async (argv: readonly string[], who: string): Promise<number | null> => {
  const [verb = ''] = argv
  const [project] = projectsIn(argv)
  if (project === undefined || !ofTheApp.includes(verb)) return null
  if (!isMade(project)) throw projectUnknown(project, undefined, [])
  refuseClosed(project)
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const attached = isTerminal && ['run', 'console', 'unload'].includes(verb) ? 'terminal' : 'pipe'
  return runNoted(project, { ...commandLine(argv), verb, attached, who })
}

/** A program's arguments may be secret. */
const commandLine = (argv: readonly string[]): Pick<RunAs, 'argv' | 'words'> => {
  const [verb, project = '', ...words] = argv
  return verb === 'run' && words.length > 0
    ? { argv: [serverPaths.gatling, 'run-handed', project], words }
    : { argv: [serverPaths.gatling, ...argv] }
}
