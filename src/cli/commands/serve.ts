import pc from 'picocolors'
import { listenerOf } from '../../dashboard/listen.js'
import { createDashboard } from '../../dashboard/page.js'
import { recover } from '../../housekeeping/clean-up.js'
import { serve } from '../../runtimes/serve.js'
import { listProjects, readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { isRootOfServer } from '../../state/server.js'
import { usage } from '../errors.js'
import { firstSignal } from '../first-signal.js'
import { print, tell } from '../output.js'
import { onThisMachine } from '../this-machine.js'

/** The host name of the page. An app of that name goes first. */
const pageName = 'gatling.localhost'

/** Runs embedded mode until it is told to stop. */
export const serveCommand = async (options: { port: string; host: string }): Promise<void> => {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw usage(`${options.port} is not a port`, 'Use a number from 0 to 65535; 0 takes a free port.')
  }
  if (isRootOfServer())
    throw usage('this machine is a server, so systemd runs its apps', '`gatling status` shows them.')
  const home = gatlingHome()
  const asked = firstSignal()
  const dashboard = createDashboard({
    reach: onThisMachine(home),
    answersTo: name => name.replace(/:\d+$/, '') === pageName,
  })
  const serving = await serve({
    home,
    host: options.host,
    port,
    tell,
    settled: project => settled(home, project),
    page: { name: pageName, answer: await listenerOf(dashboard) },
  })
  print(`${pc.bold('Gatling')} answers on http://localhost:${serving.port}, keeps everything in ${home}`)
  const projects = listProjects(home)
  for (const project of projects) {
    const { live } = readApp(home, project)
    if (live) print(`  ${project}: http://${live.domains[0]}:${serving.port}`)
  }
  if (projects.length === 0) print('Next, in another terminal: gatling load <project>')
  // Everybody who knows the address can open the page, so it is for a person, not for a file.
  if (process.stdout.isTTY) print(`  the page: http://${pageName}:${serving.port}/?token=${dashboard.token}`)
  const signal = await asked
  dashboard.close()
  print(`${signal}: stopping the apps`)
  await serving.close()
}

const settled = async (home: string, project: string): Promise<void> => {
  if (!listProjects(home).includes(project)) return
  for (const { number } of await recover(home, project))
    tell(`${project}: deploy ${number} was interrupted; cleaned up after it`)
}
