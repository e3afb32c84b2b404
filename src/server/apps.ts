import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as certbot from '../commands/certbot.js'
import { flush } from '../commands/files.js'
import * as systemd from '../commands/systemd.js'
import * as users from '../commands/users.js'
import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import { endBackups } from '../databases/sqlite/schedule.js'
import { runCommand } from '../hosts/capture.js'
import { whileLocked } from '../hosts/lock.js'
import { must } from '../hosts/must.js'
import { killAll, processesOf } from '../hosts/procfs.js'
import { serverSources } from '../metrics/rows-of.js'
import { linkOf } from '../runtimes/definitions.js'
import { registeredProjects, rootProxy, rootServices } from '../runtimes/root.js'
import { choosePorts } from '../runtimes/server-ports.js'
import { valueRules } from '../stacks/stacks.js'
import { parseProject } from '../state/apps.js'
import { certificateOf } from '../state/certificate.js'
import { newConfig, writeConfig } from '../state/config.js'
import { appPaths, statePath } from '../state/paths.js'
import { longestProject, readRegistered, serverPaths, userOf, writeRegistered } from '../state/server.js'
import { nameLong, nameTaken } from './errors.js'
import { runAs } from './run-as.js'

const noLimits = { memory: null, cpu: null }

/** Whether an app was made to its end, of which its state is the last. */
export const isMade = (project: string): boolean => {
  const known = readRegistered(project)
  return known !== null && !known.forgotten && existsSync(statePath(serverPaths.home, project))
}

/**
 * Makes an app on this server: its user, folders, ports, door, repository. An existing app stays as it is, except the
 * branch that deploys, if one is named, and the rest of an interrupted unload.
 * @throws GatlingError PROJECT_NAME, NAME_LONG or NAME_TAKEN.
 */
export const createApp = async (name: string, branch?: string): Promise<void> => {
  const project = parseProject(name)
  if (project.length > longestProject) throw nameLong(project, longestProject)
  // nginx knows apps by their names, and our own parts of it by these.
  if (project === 'localhost' || project.startsWith('gatling')) throw nameTaken(project, 'Gatling itself')
  // Two pushes may be the first of one app.
  await whileLocked(serverPaths.lock(`app-${project}`), () => makeApp(project, branch))
}

const makeApp = async (project: string, branch?: string): Promise<void> => {
  if (readRegistered(project)?.forgotten) await finishRemoval(project)
  if (!readRegistered(project)) {
    // One that has just removed an app of this name may be on its way out: beside it systemd opens no other.
    await runCommand(systemd.stop(`gatling-door@${project}.service`))
    refuseTaken(project)
  }
  const user = userOf(project)
  const { root } = appPaths(serverPaths.home, project)
  if ((await runCommand(users.exists(user))).status !== 0)
    await must(users.add(user, join(root, 'home'), '/usr/sbin/nologin'))
  for (const folder of [root, serverPaths.public(project)]) mkdirSync(folder, { recursive: true })
  // What is in them its own user makes: there root would be led wherever that user likes.
  chmodSync(root, 0o750)
  await must(users.own(user, root, serverPaths.public(project)))
  // Two new apps would choose the same ports.
  if (!readRegistered(project)) await whileLocked(serverPaths.lock('ports'), () => register(project))
  if (!existsSync(serverPaths.config(project))) writeConfig(serverPaths.home, project, newConfig(valueRules))
  await enableDoor(project)
  const made = await runAs(project, {
    argv: [serverPaths.gatling, 'load', project, ...(branch === undefined ? [] : ['--branch', branch])],
    verb: 'load',
    attached: 'pipe',
    quiet: true,
  })
  await must(flush(serverPaths.etc))
  await must(flush(serverPaths.home))
  if (made !== 0) throw commandFailed(`gatling load ${project}`, endedWith(made), [])
}

/** How long what is behind a door has to end, in ms; it stays for 3 s when nobody is there. */
const doorPatienceMs = 10_000

const doorOf = (project: string): string => `gatling-door@${project}.socket`

/** Now, and after a reboot. */
export const isDoorOpen = async (project: string): Promise<boolean> => {
  const looks = [systemd.isEnabled(doorOf(project)), systemd.isActive(doorOf(project))]
  return (await Promise.all(looks.map(runCommand))).every(({ status }) => status === 0)
}

/** Opens an app's door, even if it or its service failed too often: systemd forgets that first (systemd.unit(5), StartLimitBurst). */
export const enableDoor = async (project: string): Promise<void> => {
  const behind = `gatling-door@${project}.service`
  await runCommand(systemd.forgetFailure(doorOf(project), behind))
  const open = systemd.enableNow(doorOf(project))
  // systemd opens no socket while its service still runs. One that nobody uses ends after a moment.
  const deadline = performance.now() + doorPatienceMs
  while ((await runCommand(open)).status !== 0) {
    const isRunning = (await runCommand(systemd.isActive(behind))).status === 0
    if (!isRunning || performance.now() > deadline) return must(open)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** A unit or a site of ours would take the place of one of somebody else's. */
const refuseTaken = (project: string): void => {
  const places = [
    serverPaths.units,
    '/run/systemd/system',
    '/usr/local/lib/systemd/system',
    '/lib/systemd/system',
  ]
  const taken = [
    ...places.flatMap(folder =>
      [`${project}.service`, `${project}@.service`].map(unit => join(folder, unit)),
    ),
    join(serverPaths.scripts, project),
    appPaths(serverPaths.home, project).site,
    linkOf(project),
  ].find(path => lstatSync(path, { throwIfNoEntry: false }))
  if (taken) throw nameTaken(project, taken)
}

const register = async (project: string): Promise<void> => {
  const known = registeredProjects().flatMap(other => readRegistered(other) ?? [])
  const [a = 0, b = 0, node_a = 0, node_b = 0, own = 0] = await choosePorts(5, known)
  writeRegistered({
    project,
    ports: { a, b, node_a, node_b, own },
    site: null,
    tls: null,
    drain_ms: 45_000,
    limits: { ...noLimits, tasks: 1024 },
    build: { ...noLimits, tasks: 2048 },
  })
}

/** How long an app's last processes are waited for, in ms. */
const leaveMs = 10_000

/** Says that an app is on its way out, also after a power cut: its config values must not come back with its name. */
export const markForgotten = (project: string): void => {
  const known = readRegistered(project)
  if (known) writeRegistered({ ...known, forgotten: true })
}

/** How long the door may take to remove an app, in ms. */
const removalMs = 60_000

/** Mostly the door is removing it already. A second removal could take away a new app of that name. */
const finishRemoval = async (project: string): Promise<void> => {
  const deadline = performance.now() + removalMs
  const isOpen = async (): Promise<boolean> =>
    (await runCommand(systemd.isActive(`gatling-door@${project}.service`))).status === 0
  while ((await isOpen()) && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 100))
  if (readRegistered(project)) await removeApp(project)
}

/** Removes all of an app that is there. Its own processes are gone before root touches what its user could change. */
export const removeApp = async (project: string): Promise<void> => {
  const known = readRegistered(project)
  const user = userOf(project)
  const { root, site } = appPaths(serverPaths.home, project)
  await runCommand(systemd.disableNow(doorOf(project)))
  await rootServices().uninstall(project)
  await rootProxy()
    .remove(project)
    .catch(() => {})
  await left(user)
  await endBackups(project)
  await runCommand(systemd.stop(`gatling-*-${project}-*.service`))
  for (const path of [
    // nginx puts back what it is not content without, and would not start again without this app's certificate.
    linkOf(project),
    site,
    root,
    serverPaths.public(project),
    serverPaths.marker(project),
    serverPaths.config(project),
    serverPaths.configs(project),
  ])
    rmSync(path, { recursive: true, force: true })
  await removeUser(user)
  if (known?.tls) await runCommand(certbot.forget(certificateOf(project)))
  // A fold under way would write the rows of an app that it still knows.
  await whileLocked(serverSources().lock, async () => {
    rmSync(serverPaths.metrics(project), { recursive: true, force: true })
    rmSync(serverPaths.registered(project), { force: true })
  })
  // Last of all, for it may be the door that does this.
  await runCommand(systemd.stopSoon(`gatling-door@${project}.service`))
}

/** Removes a user, and what still runs of it: systemd keeps what it began for a login some seconds longer. */
export const removeUser = async (user: string): Promise<void> => {
  await runCommand(users.terminate(user))
  await left(user)
  const uid = await uidOf(user)
  killAll(() => processesOf(uid))
  await runCommand(users.remove(user))
}

/** Resolves when a user's processes have ended, or have had their time. */
const left = async (user: string): Promise<void> => {
  const uid = await uidOf(user)
  const deadline = performance.now() + leaveMs
  while (processesOf(uid).length > 0 && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 50))
}

/** No process belongs to -1: there is no such user. */
const uidOf = async (user: string): Promise<number> => {
  const { status, stdout } = await runCommand(users.exists(user))
  return status === 0 ? Number(stdout.split(':')[2]) : -1
}
