import { registeredProjects } from '../runtimes/root.js'
import { serverPaths } from '../state/server.js'
import { runAs } from './run-as.js'

/** What runs as the app's own user; everything else on a server is root's. */
const ofTheApp: readonly string[] = [
  ...['deploy', 'upgrade', 'plan', 'rollback', 'redeploy', 'attach', 'cancel', 'history', 'env', 'steps'],
  ...['run', 'console', 'unload'],
]

/** The app a command line speaks of; null: none that is here. */
export const projectIn = (argv: readonly string[]): string | null => {
  const known = registeredProjects()
  const end = argv.indexOf('--')
  return argv.slice(1, end < 0 ? undefined : end).find(word => known.includes(word)) ?? null
}

/**
 * Runs a command as the user of the app it speaks of, if it is one that is not root's.
 * @returns its exit code; null: it is root's.
 */
export const dispatch = async (argv: readonly string[], who: string): Promise<number | null> => {
  const [verb = ''] = argv
  const project = projectIn(argv)
  if (project === null || !ofTheApp.includes(verb)) return null
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const attached = isTerminal && ['run', 'console', 'unload'].includes(verb) ? 'terminal' : 'pipe'
  return runAs(project, { argv: [serverPaths.gatling, ...argv], verb, attached, who })
}
