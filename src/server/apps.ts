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
import { rootProxy, rootServices } from '../runtimes/root.js'
import { choosePorts } from '../runtimes/server-ports.js'
import { valueRules } from '../stacks/stacks.js'
import { parseProject } from '../state/apps.js'
import { certificateOf } from '../state/certificate.js'
import { newConfig, writeConfig } from '../state/config.js'
import { appPaths } from '../state/paths.js'
import { registeredProjects } from '../state/registered.js'
import { longestProject, readRegistered, serverPaths, userOf, writeRegistered } from '../state/server.js'
import { nameLong, nameTaken } from './errors.js'
import { runAs } from './run-as.js'

const noLimits = { memory: null, cpu: null }

/**
 * Makes an app on this server: its user, folders, ports, door, repository. An existing app stays as it is, except the
 * branch that deploys, if one is named, and the rest of an interrupted unload.
 * @throws GatlingError PROJECT_NAME, NAME_LONG or NAME_TAKEN.
 */
export const createApp = async (name: string, branch?: string): Promise<void> => {
  const project = parseProject(name)
  if (project.length > longestProject) throw nameLong(project, longestProject)
  // In nginx these names belong to Gatling's own parts.
  if (project === 'localhost' || project.startsWith('gatling')) throw nameTaken(project, 'Gatling itself')
  // Two pushes can both be the first of one app.
  await whileLocked(serverPaths.lock(`app-${project}`), () => makeApp(project, branch))
}

const makeApp = async (project: string, branch?: string): Promise<void> => {
  if (readRegistered(project)?.forgotten) await finishRemoval(project)
  if (!readRegistered(project)) {
    // The door of a removed app of this name can still be running. systemd would not open another beside it.
    await runCommand(systemd.stop(`gatling-door@${project}.service`))
    refuseTaken(project)
  }
  const user = userOf(project)
  const { root } = appPaths(serverPaths.home, project)
  if ((await runCommand(users.exists(user))).status !== 0)
    await must(users.add(user, join(root, 'home'), '/usr/sbin/nologin'))
  for (const folder of [root, serverPaths.public(project)]) mkdirSync(folder, { recursive: true })
  // The app's user makes the content of these folders. Root must not, because that user could lead it elsewhere by
  // links.
  chmodSync(root, 0o750)
  await must(users.own(user, root, serverPaths.public(project)))
  // Without a lock two new apps could choose the same ports.
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

/** How long the process behind a door has to end, in ms. It stays for 3 s after the last call. */
const doorPatienceMs = 10_000

const doorOf = (project: string): string => `gatling-door@${project}.socket`

/** Tells whether an app's door is open, now and after a reboot. */
export const isDoorOpen = async (project: string): Promise<boolean> => {
  const looks = [systemd.isEnabled(doorOf(project)), systemd.isActive(doorOf(project))]
  return (await Promise.all(looks.map(runCommand))).every(({ status }) => status === 0)
}

/**
 * Opens an app's door. If it or its service failed too often, systemd must first forget that (systemd.unit(5),
 * StartLimitBurst).
 */
export const enableDoor = async (project: string): Promise<void> => {
  const behind = `gatling-door@${project}.service`
  await runCommand(systemd.forgetFailure(doorOf(project), behind))
  const open = systemd.enableNow(doorOf(project))
  // systemd opens no socket while its service runs. A service that nobody uses ends after a moment.
  const deadline = performance.now() + doorPatienceMs
  while ((await runCommand(open)).status !== 0) {
    const isRunning = (await runCommand(systemd.isActive(behind))).status === 0
    if (!isRunning || performance.now() > deadline) return must(open)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** Refuses the name of an existing unit or site, which the app's own would replace. */
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

/** How long to wait for an app's last processes, in ms. */
const leaveMs = 10_000

/** Marks an app as being removed, even after a power cut: its config values must not come back with its name. */
export const markForgotten = (project: string): void => {
  const known = readRegistered(project)
  if (known) writeRegistered({ ...known, forgotten: true })
}

/** How long the door may take to remove an app, in ms. */
const removalMs = 60_000

/**
 * Finishes the removal of an app. Usually the door is already doing that, so it waits first: a second removal could hit
 * a new app of that name.
 */
const finishRemoval = async (project: string): Promise<void> => {
  const deadline = performance.now() + removalMs
  const isOpen = async (): Promise<boolean> =>
    (await runCommand(systemd.isActive(`gatling-door@${project}.service`))).status === 0
  while ((await isOpen()) && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 100))
  if (readRegistered(project)) await removeApp(project)
}

/** Removes everything of an app. Its own processes end before root touches what its user could change. */
export const removeApp = async (project: string): Promise<void> => {
  const known = readRegistered(project)
  if (known?.scale || known?.nodes?.length) await (await import('./end-scale.js')).forgetElsewhere(project)
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
    // The proxy restores the site if nginx refuses the change. Without this app's certificate nginx would then not
    // start again.
    linkOf(project),
    site,
    root,
    serverPaths.public(project),
    serverPaths.marker(project),
    serverPaths.config(project),
    serverPaths.configs(project),
    serverPaths.names(project),
    serverPaths.fleetCertificate(project),
  ])
    rmSync(path, { recursive: true, force: true })
  await removeUser(user)
  if (known?.tls) await runCommand(certbot.forget(certificateOf(project)))
  // A running fold would write rows for an app that it still knows.
  await whileLocked(serverSources().lock, async () => {
    rmSync(serverPaths.metrics(project), { recursive: true, force: true })
    rmSync(serverPaths.registered(project), { force: true })
  })
  // This comes last, because the door itself can be doing all this.
  await runCommand(systemd.stopSoon(`gatling-door@${project}.service`))
}

/** Removes a user and its last processes: systemd keeps those of a login for some seconds. */
export const removeUser = async (user: string): Promise<void> => {
  await runCommand(users.terminate(user))
  await left(user)
  const uid = await uidOf(user)
  killAll(() => processesOf(uid))
  await runCommand(users.remove(user))
}

/** Waits until a user's processes have ended, for a limited time. */
const left = async (user: string): Promise<void> => {
  const uid = await uidOf(user)
  const deadline = performance.now() + leaveMs
  while (processesOf(uid).length > 0 && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 50))
}

/** Returns the id of a user; -1, which no process has: there is no such user. */
const uidOf = async (user: string): Promise<number> => {
  const { status, stdout } = await runCommand(users.exists(user))
  return status === 0 ? Number(stdout.split(':')[2]) : -1
}
