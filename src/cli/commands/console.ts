import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { notDeployed, notRunning } from '../../core/errors.js'
import { runAttached } from '../../hosts/attached.js'
import { writeWhole } from '../../hosts/files.js'
import { keeperOf } from '../../runtimes/runtime.js'
import { readApp } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'

/**
 * IEx in the running app. It is started here and not by the release's `remote`, which would put the cookie on a command
 * line: this one finds it in `.erlang.cookie`.
 */
export const openConsole = async (project: string): Promise<void> => {
  const home = gatlingHome()
  const environment = await environmentOf(project)
  const { current, engine } = appPaths(home, project)
  const { RELEASE_NODE: node = '', GATLING_COOKIE: cookie = '', ERL_EPMD_PORT: epmd } = environment
  writeWhole(join(engine, '.erlang.cookie'), cookie, 0o400)
  const [, version = ''] = readFileSync(join(current, 'releases', 'start_erl.data'), 'utf8')
    .trim()
    .split(' ')
  const release = join(current, 'releases', version)
  const name = `console_${process.pid}_${node}`
  process.exitCode = await runAttached(
    [
      join(release, 'iex'),
      ...['--hidden', '--name', name, '--remsh', node],
      ...['--boot', join(release, 'start_clean'), '--boot-var', 'RELEASE_LIB', join(current, 'lib')],
      ...['--vm-args', join(release, 'remote.vm.args')],
    ],
    {
      env: {
        ...process.env,
        HOME: engine,
        ERL_AFLAGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        ...(epmd === undefined ? {} : { ERL_EPMD_PORT: epmd, ERL_EPMD_ADDRESS: '127.0.0.1' }),
      },
    },
  )
}

/** A program in the folder and with the environment of the release that is live. */
export const runInApp = async (project: string, argv: readonly string[]): Promise<void> => {
  const [program = '', ...args] = argv
  const { PORT: _port, PHX_SERVER: _server, ...environment } = await environmentOf(project)
  const { current } = appPaths(gatlingHome(), project)
  process.exitCode = await runAttached(
    [program.startsWith('bin/') ? join(current, program) : program, ...args],
    {
      cwd: current,
      env: { ...environment, TERM: process.env['TERM'] },
    },
  )
}

/** @throws GatlingError NOT_DEPLOYED or NOT_RUNNING. */
const environmentOf = async (project: string): Promise<Readonly<Record<string, string>>> => {
  const home = gatlingHome()
  const { live } = readApp(home, project)
  if (!live) throw notDeployed(project)
  const environment = await keeperOf(home, project).services.environment(project, live.slot)
  if (environment['RELEASE_NODE'] === undefined) throw notRunning(project)
  return environment
}
