import { chmodSync, existsSync, mkdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as apt from '../commands/apt.js'
import * as systemd from '../commands/systemd.js'
import * as users from '../commands/users.js'
import { parseElixir } from '../core/elixir-version.js'
import { GatlingError } from '../core/error.js'
import { databaseChange, sharedByDatabases } from '../databases/change.js'
import { redisChange } from '../databases/redis/destroy.js'
import { sqliteChange } from '../databases/sqlite/destroy.js'
import { gitHooks } from '../deploy/load.js'
import { runCommand } from '../hosts/capture.js'
import { readPlain } from '../hosts/files.js'
import { must } from '../hosts/must.js'
import { rootServices } from '../runtimes/root.js'
import { installElixir, officialArchive } from '../stacks/phoenix/elixirs/install.js'
import { installedElixirs, newestOf } from '../stacks/phoenix/elixirs/installed.js'
import { projectsWithDatabase } from '../state/database.js'
import { projectsWithRedis } from '../state/redis.js'
import { isMade, registeredProjects } from '../state/registered.js'
import { deployUser, readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { projectsWithSqlite } from '../state/sqlite.js'
import { needrestart, nginxRestart, renewalHook, sudoers } from '../templates/server.js'
import { doorService, doorSocket } from '../templates/systemd.js'
import { createApp, enableDoor, isDoorOpen, removeApp, removeUser } from './apps.js'
import type { Change } from './change.js'
import { setupFailed } from './errors.js'
import { file } from './file.js'
import { firstKeys } from './first-keys.js'
import { metricsChanges } from './metrics.js'
import { install, isInstalled } from './program.js'
import { sharedSite } from './shared-site.js'

export interface SetupOptions {
  /** Installs Erlang from the system's packages, and the system's Elixir or this version; false: neither. */
  readonly elixir: boolean | string
  /** Public keys that may do everything; null: those of root, and of the user who ran sudo. */
  readonly keys: readonly string[] | null
}

/** Returns the changes that make a bare machine a server, in order. Each is made once, and again if it was damaged. */
export const changes = ({ elixir, keys }: SetupOptions): readonly Change[] => [
  packages(
    ['git', 'nginx', 'logrotate', 'sudo', 'certbot', 'openssh-server', 'ca-certificates'],
    'the programs it needs',
  ),
  ...(elixir === true ? [packages(['elixir', ...erlangPackages], 'Erlang and Elixir')] : []),
  ...(typeof elixir === 'string' ? [packages(['erlang-base', ...erlangPackages], 'Erlang')] : []),
  user(),
  folders(),
  program(),
  file(serverPaths.server, '{}\n', 0o644, 'mark this machine as a server'),
  file(serverPaths.sudoers, sudoers(deployUser, serverPaths.enter), 0o440, 'give ssh its only way in'),
  file(doorUnit('socket'), doorSocket(deployUser), 0o644, "define every app's door to root", systemd.reload),
  file(
    doorUnit('service'),
    doorService(serverPaths.gatling),
    0o644,
    'define the process behind it',
    systemd.reload,
  ),
  sharedSite(),
  file(
    '/etc/systemd/system/nginx.service.d/gatling.conf',
    '# Written by gatling setup.\n[Service]\nRestart=on-failure\n',
    0o644,
    'restart nginx when it dies',
    systemd.reload,
  ),
  file(
    '/etc/needrestart/conf.d/gatling.conf',
    needrestart(),
    0o644,
    'prevent upgrades of libraries from restarting apps',
  ),
  file(
    '/etc/needrestart/restart.d/nginx.service',
    nginxRestart(),
    0o755,
    'have them restart nginx without refusing anybody',
  ),
  file(
    '/etc/letsencrypt/renewal-hooks/deploy/gatling',
    renewalHook(serverPaths.gatling),
    0o755,
    'make nginx use renewed certificates',
  ),
  ...metricsChanges,
  loopbackEpmd(),
  firstKeys(keys),
  // A failed download must not stop the other changes.
  ...(typeof elixir === 'string' ? [ownElixir(elixir)] : []),
  sharedByDatabases,
  ...projectsWithDatabase().map(databaseChange),
  ...projectsWithRedis().map(redisChange),
  ...projectsWithSqlite().map(sqliteChange),
  ...registeredProjects().map(app),
  ...registeredProjects().map(repository),
]

/** The parts of Debian's Erlang that a Phoenix app's build uses. */
const erlangPackages = [
  ...['erlang-dev', 'erlang-parsetools', 'erlang-runtime-tools', 'erlang-ssl', 'erlang-inets'],
  ...['erlang-xmerl', 'erlang-os-mon', 'erlang-tools'],
]

const doorUnit = (kind: string): string => join(serverPaths.units, `gatling-door@.${kind}`)

const packages = (names: readonly string[], what: string): Change => {
  const missing = async (): Promise<string[]> => {
    const found = await Promise.all(names.map(name => runCommand(apt.status(name))))
    return names.filter((_, index) => !found[index]?.stdout.startsWith('install ok installed'))
  }
  return {
    about: `install ${what}: ${names.join(' ')}`,
    isMade: async () => (await missing()).length === 0,
    make: async () => {
      await must(apt.update)
      await must(apt.install(await missing()))
    },
    // Other programs can use these packages by now.
    undo: () => {},
  }
}

/** Returns the change that installs an Elixir that the system does not have. */
const ownElixir = (version: string): Change => ({
  about: `install Elixir ${version} in ${serverPaths.elixirs}`,
  isMade: () => {
    const request = parseElixir(version)
    return (
      newestOf(installedElixirs(serverPaths.elixirs), request?.version ?? version, request?.otp ?? null) !==
      null
    )
  },
  make: async () => {
    await installElixir({ ...officialArchive(), folder: serverPaths.elixirs, version, forAll: true })
  },
  undo: () => {},
})

/** Returns the change that closes epmd to other machines: Debian's Erlang makes systemd listen on all addresses. */
const loopbackEpmd = (): Change => {
  const wanted = file(
    '/etc/systemd/system/epmd.socket.d/gatling.conf',
    '# Written by gatling setup.\n[Socket]\nListenStream=\nListenStream=127.0.0.1:4369\n',
    0o644,
    'let only this machine look up Erlang nodes',
    systemd.renewEpmd,
  )
  return { ...wanted, isMade: () => !existsSync('/lib/systemd/system/epmd.socket') || wanted.isMade() }
}

/** Returns the change that adds the deploy user. Its shell runs the forced commands of its keys. It has no password. */
const user = (): Change => ({
  about: `add the user ${deployUser}, to push to`,
  isMade: async () => (await runCommand(users.exists(deployUser))).status === 0,
  make: () => must(users.add(deployUser, serverPaths.home, '/bin/sh')),
  undo: () => removeUser(deployUser),
})

const ourFolders: readonly (readonly [string, number])[] = [
  [serverPaths.etc, 0o755],
  // Each app has its own files in this folder.
  [serverPaths.registry, 0o711],
  [join(serverPaths.etc, 'config'), 0o700],
  [join(serverPaths.etc, 'env'), 0o700],
  [serverPaths.databases, 0o700],
  [serverPaths.redises, 0o700],
  [serverPaths.lib, 0o755],
  [serverPaths.home, 0o755],
  [dirname(serverPaths.authorizedKeys), 0o711],
  [serverPaths.apps, 0o711],
  [dirname(serverPaths.public('')), 0o755],
  [dirname(serverPaths.marker('x')), 0o755],
  [serverPaths.acme, 0o755],
  [serverPaths.metricsFolder, 0o700],
]

const folders = (): Change => ({
  about: `make its folders in ${serverPaths.etc} and ${serverPaths.home}`,
  isMade: () => ourFolders.every(([path, mode]) => modeOf(path) === mode),
  make: () => {
    for (const [path, mode] of ourFolders) {
      mkdirSync(path, { recursive: true })
      chmodSync(path, mode)
    }
  },
  undo: () => {
    const { etc, home, lib, lock, words } = serverPaths
    for (const path of [etc, home, lib, dirname(lock('x')), dirname(words('x'))])
      rmSync(path, { recursive: true, force: true })
  },
})

/** Returns the mode of a path; null: it does not exist. */
const modeOf = (path: string): number | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? found.mode & 0o777 : null
}

const shortcut = '/usr/local/bin/gatling'

const program = (): Change => ({
  about: `install this program in ${serverPaths.lib}, for every user to run`,
  isMade: () => isInstalled() && existsSync(shortcut),
  make: async () => {
    if (!isInstalled()) await install()
    if (!existsSync(shortcut)) {
      rmSync(shortcut, { force: true })
      symlinkSync(serverPaths.gatling, shortcut)
    }
  },
  undo: () => {
    if (linkTarget(shortcut) === serverPaths.gatling) rmSync(shortcut)
  },
})

/** Returns the change that writes units and door of an app for this version of Gatling. */
const app = (project: string): Change => ({
  about: `repair the units of ${project}`,
  isMade: async () => {
    const known = readRegistered(project)
    const isPrivate = modeOf(serverPaths.registered(project)) === 0o640
    return known !== null && !known.forgotten && isPrivate && (await isDoorOpen(project))
  },
  make: async () => {
    const known = readRegistered(project)
    if (!known) return
    if (known.forgotten) return removeApp(project)
    if (!isMade(project)) return createApp(project)
    writeRegistered(known)
    const { drain_ms: drainMs, limits, build } = known
    await rootServices().install({ project, drainMs, limits, build })
    await enableDoor(project)
  },
  undo: () => removeApp(project),
})

/** Returns the change that writes an app's git hooks. */
const repository = (project: string): Change => ({
  about: `make pushes to ${project} run this program`,
  ofApp: true,
  isMade: () => readRegistered(project) === null || hasHooks(project),
  make: () => createApp(project),
  undo: () => {},
})

/** Tells whether an app has its git hooks. The folder belongs to the app's user, who can have put anything there. */
const hasHooks = (project: string): boolean => {
  try {
    return gitHooks(serverPaths.home, project).every(({ path, text }) => readPlain(path) === text)
  } catch {
    return false
  }
}

/** Makes a change. @throws GatlingError SETUP_FAILED. */
export const makeChange = async ({ about, make }: Change): Promise<void> => {
  try {
    await make()
  } catch (error) {
    throw setupFailed(about, reasonOf(error))
  }
}

const reasonOf = (error: unknown): string => {
  if (error instanceof GatlingError) return `${error.message}. ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

const linkTarget = (path: string): string | null => {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
