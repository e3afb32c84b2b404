import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { distributionPortOf } from '../../config/environment.js'
import { notDeployed } from '../../deploy/errors.js'
import { runAttached } from '../../hosts/attached.js'
import { writeWhole } from '../../hosts/files.js'
import { editingTerminal } from '../../hosts/terminal.js'
import { keeperOf } from '../../runtimes/runtime.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { handedWords } from '../../state/server.js'
import { noProcess, noTerminal, notRunning } from '../errors.js'

/**
 * IEx in the running app; where input comes from no terminal, it is evaluated there. Both are started here and not by the
 * release's script, which would put the cookie on a command line: this one finds it in `.erlang.cookie`.
 * @throws GatlingError NOT_DEPLOYED, NOT_RUNNING or NO_TERMINAL.
 */
export const openConsole = async (project: string): Promise<void> => {
  const home = gatlingHome()
  const environment = await environmentOf(project)
  const terminal = await editingTerminal()
  // Without one IEx gives a shell in its own node, where nothing of the app runs.
  if (terminal === null && process.stdin.isTTY) throw noTerminal(project)
  const { current, engine } = appPaths(home, project)
  const { RELEASE_NODE: node = '', GATLING_COOKIE: cookie = '' } = environment
  writeWhole(join(engine, '.erlang.cookie'), cookie, 0o400)
  const [, version = ''] = readFileSync(join(current, 'releases', 'start_erl.data'), 'utf8')
    .trim()
    .split(' ')
  const release = join(current, 'releases', version)
  const name = `console_${process.pid}_${node}`
  process.exitCode = await runAttached(
    [
      join(release, terminal === null ? 'elixir' : 'iex'),
      ...['--hidden', '--name', name],
      ...(terminal === null ? ['--rpc-eval', node, evaluateInput] : ['--remsh', node]),
      ...['--boot', join(release, 'start_clean'), '--boot-var', 'RELEASE_LIB', join(current, 'lib')],
      ...['--vm-args', join(release, 'remote.vm.args')],
    ],
    {
      env: {
        ...process.env,
        ...(terminal === null ? {} : { TERM: terminal }),
        HOME: engine,
        ERL_AFLAGS: callerFlags(environment),
        ERL_EPMD_PORT: environment['ERL_EPMD_PORT'],
      },
    },
  )
}

/** Input and output of what is evaluated in the app are the console's own. */
const evaluateInput = `case IO.read(:stdio, :eof) do
  :eof -> raise "no terminal, and no input: a console without a terminal evaluates its input"
  input -> Code.eval_string(input, [], file: "console")
end`

/** A program in the folder and with the environment of the release that is live. */
export const runInApp = async (project: string, argv: readonly string[]): Promise<void> => {
  const [program = '', ...args] = argv
  const { PORT: _port, PHX_SERVER: _server, ...environment } = await environmentOf(project)
  const flags = `${environment['ERL_AFLAGS'] ?? ''} ${notListening}`
  const { current } = appPaths(gatlingHome(), project)
  process.exitCode = await runAttached(
    [program.startsWith('bin/') ? join(current, program) : program, ...args],
    {
      cwd: current,
      env: { ...environment, ERL_AFLAGS: flags, TERM: process.env['TERM'] },
    },
  )
}

/** The same, with a program that is on no command line but its own. */
export const runHanded = (project: string): Promise<void> => runInApp(project, handedWords())

/** A node that talks to the app's takes its flags, for they say where that is; but it must not listen there, too. */
const notListening = '-dist_listen false'

/** The flags of a node that only talks to the app's. */
const callerFlags = (environment: Readonly<Record<string, string>>): string => {
  const port = distributionPortOf(environment)
  const where = port === null ? '' : `-start_epmd false -erl_epmd_port ${port}`
  return `${where} ${notListening}`.trim()
}

/** @throws GatlingError NOT_DEPLOYED or NOT_RUNNING. */
const environmentOf = async (project: string): Promise<Readonly<Record<string, string>>> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (!live) throw notDeployed(project)
  if (live.processes.length === 0) throw noProcess(project)
  const environment = await keeperOf(home, project).services.environment(project, live.slot)
  if (environment['RELEASE_NODE'] === undefined) throw notRunning(project)
  return environment
}
