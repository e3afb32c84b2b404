import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attached, Running } from '../../core/stack.js'
import { writeWhole } from '../../hosts/files.js'
import { appPaths } from '../../state/paths.js'
import { distributionPortOf, instanceEnvironment, nodePortsOf, values } from './environment.js'

/**
 * Returns the command of IEx in the running app. Without a terminal it evaluates its input there. It does not use the
 * release's script, which would put the cookie on a command line. IEx reads the cookie from `.erlang.cookie`.
 */
const openConsole: Running['console'] = ({ home, project, environment, terminal }): Attached => {
  const { current, engine } = appPaths(home, project)
  const { RELEASE_NODE: node = '', GATLING_COOKIE: cookie = '' } = environment
  writeWhole(join(engine, '.erlang.cookie'), cookie, 0o400)
  const [, version = ''] = readFileSync(join(current, 'releases', 'start_erl.data'), 'utf8')
    .trim()
    .split(' ')
  const release = join(current, 'releases', version)
  const name = `console_${process.pid}_${node}`
  return {
    argv: [
      join(release, terminal === null ? 'elixir' : 'iex'),
      ...['--hidden', '--name', name],
      ...(terminal === null ? ['--rpc-eval', node, evaluateInput] : ['--remsh', node]),
      ...['--boot', join(release, 'start_clean'), '--boot-var', 'RELEASE_LIB', join(current, 'lib')],
      ...['--vm-args', join(release, 'remote.vm.args')],
    ],
    env: {
      HOME: engine,
      ERL_AFLAGS: callerFlags(environment),
      ERL_EPMD_PORT: environment['ERL_EPMD_PORT'],
    },
  }
}

/**
 * Makes the environment of a program that runs beside the app. That program must not listen in the app's place, or join
 * the app's cluster under its name.
 */
const beside: Running['beside'] = environment => {
  const { PORT: _port, PHX_SERVER: _server, DNS_CLUSTER_QUERY: _query, ...others } = environment
  return { ...others, ERL_AFLAGS: `${environment['ERL_AFLAGS'] ?? ''} ${notListening}` }
}

/** The code that evaluates the console's input in the app. Its input and output are the console's. */
const evaluateInput = `case IO.read(:stdio, :eof) do
  :eof -> raise "no terminal, and no input: a console without a terminal evaluates its input"
  input -> Code.eval_string(input, [], file: "console")
end`

/**
 * The flag of a node that talks to the app's node. It has the app's flags, which say where that node is, but must not
 * listen there.
 */
const notListening = '-dist_listen false'

/** Returns the flags of a node that only talks to the app's node. */
const callerFlags = (environment: Readonly<Record<string, string>>): string => {
  const port = distributionPortOf(environment)
  const where = port === null ? '' : `-start_epmd false -erl_epmd_port ${port}`
  return `${where} ${notListening}`.trim()
}

const environment: Running['environment'] = ({ secret, innerPort, ...placement }, values, path) =>
  instanceEnvironment({ ...placement, cookie: secret, distributionPort: innerPort }, values, path)

/** How an instance of a Phoenix app starts, and what a running instance offers. */
export const running: Running = {
  values,
  // The file of a SQLite app.
  backedUp: ['DATABASE_PATH'],
  environment,
  file: ({ homeDir, secret }) => ({ path: join(homeDir, '.erlang.cookie'), text: secret }),
  ownPorts: nodePortsOf,
  console: openConsole,
  beside,
}
