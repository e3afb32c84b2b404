import { join } from 'node:path'
import type { Live } from '../../core/live.js'
import type { Running } from '../../core/stack.js'
import { notDeployed } from '../../deploy/errors.js'
import { runAttached } from '../../hosts/attached.js'
import { editingTerminal } from '../../hosts/terminal.js'
import { keeperOf } from '../../runtimes/keeper.js'
import { stackOfLive } from '../../stacks/stacks.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { handedWords } from '../../state/server.js'
import { noProcess, noTerminal, notRunning, usage } from '../errors.js'

/**
 * Opens a console in the running app. Without a terminal it evaluates its input there.
 * @throws GatlingError NOT_DEPLOYED, NO_PROCESS, NOT_RUNNING or NO_TERMINAL.
 */
export const openConsole = async (project: string): Promise<void> => {
  const { running, environment } = await runningApp(project)
  const terminal = await editingTerminal()
  // Without such a terminal IEx would open a shell in its own process, not in the app.
  if (terminal === null && process.stdin.isTTY) throw noTerminal(project)
  const { argv, env } = running.console({ home: gatlingHome(), project, environment, terminal })
  const kind = terminal === null ? {} : { TERM: terminal }
  process.exitCode = await runAttached(argv, { env: { ...process.env, ...kind, ...env } })
}

/**
 * Runs a program in the folder of the live release, with the environment of the app.
 * @param words the program and its arguments; a `--` before them means nothing.
 */
export const runInApp = async (project: string, words: readonly string[]): Promise<void> => {
  const [program, ...args] = words[0] === '--' ? words.slice(1) : words
  if (program === undefined) throw usage('there is no program to run', `Name one: gatling run ${project} env`)
  const { running, environment } = await runningApp(project)
  const { current } = appPaths(gatlingHome(), project)
  process.exitCode = await runAttached(
    [program.startsWith('bin/') ? join(current, program) : program, ...args],
    { cwd: current, env: { ...running.beside(environment), TERM: process.env['TERM'] } },
  )
}

/** Runs a program whose words are on no other command line. */
export const runHanded = (project: string): Promise<void> => runInApp(project, handedWords())

interface RunningApp {
  readonly live: Live
  readonly running: Running
  /** The environment of the app's process. */
  readonly environment: Readonly<Record<string, string>>
}

/** Finds the live instance. @throws GatlingError NOT_DEPLOYED, NO_PROCESS or NOT_RUNNING. */
export const runningApp = async (project: string): Promise<RunningApp> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const { running } = stackOfLive(home, project, live)
  if (running === null) throw noProcess(project)
  const environment = await keeperOf(home, project).services.environment(project, live.slot)
  if (environment['GATLING_INSTANCE'] === undefined) throw notRunning(project)
  return { live, running, environment }
}
