import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { onLoopback } from '../core/endpoint.js'
import type { Live } from '../core/live.js'
import { masker } from '../core/mask.js'
import type { Instance, Processes } from '../core/service-manager.js'
import { startAll, stopAll } from '../databases/embedded/cluster.js'
import { writeWhole } from '../hosts/files.js'
import { freePort, isFree } from '../hosts/ports.js'
import { killAll, processesWith } from '../hosts/procfs.js'
import { homeTooLong } from '../keeper/errors.js'
import { listenAsKeeper, longestSocketPath } from '../keeper/server.js'
import { createRecorder } from '../metrics/recorder.js'
import { createUsage } from '../metrics/usage.js'
import { createEmbeddedProxy } from '../proxies/embedded.js'
import type { OwnPage } from '../proxies/files.js'
import { createSupervisor, type Launch, type Supervisor } from '../services/supervisor.js'
import { ownPorts } from '../stacks/stacks.js'
import { commitLive, listProjects, readApp, restoreCurrent } from '../state/apps.js'
import { followRollback } from '../state/config.js'
import { readJson, writeJson } from '../state/json-file.js'
import { isAlive, ownerOf } from '../state/owner.js'
import { appPaths, homePaths, statePath } from '../state/paths.js'
import { readServing } from '../state/serving.js'
import { embeddedService } from '../templates/service.js'
import { embeddedSite } from '../templates/site.js'
import { converge } from './converge.js'
import { alreadyServing } from './errors.js'
import { startOf } from './start.js'

const siteSchema = v.object({
  project: v.string(),
  domains: v.array(v.string()),
  own: v.optional(v.null(), null),
  maxBody: v.optional(v.string(), '10M'),
  files: v.optional(v.boolean(), false),
})

export interface Serving {
  /** The proxy's port. */
  readonly port: number
  /** Stops every app, then the proxy. */
  close(): Promise<void>
}

export interface ServeOptions {
  readonly home: string
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Reports what happens to apps outside a deploy. */
  readonly tell: (text: string) => void
  /** Called after an app was converged. */
  readonly settled: (project: string) => Promise<void>
  /** The page that the proxy answers itself. */
  readonly page?: OwnPage
}

/** Time between two writes of metrics, in ms. A reader sees an answer with this delay. */
const recordEveryMs = 5_000

/** How long the apps have to stop when embedded mode ends, in ms. */
const stopGraceMs = 20_000

/**
 * Starts embedded mode: one process that runs every app and answers for them.
 * @throws GatlingError ALREADY_SERVING, ADDRESS_IN_USE or HOME_TOO_LONG.
 */
export const serve = async ({
  home,
  host,
  port: wantedPort,
  tell,
  settled,
  page,
}: ServeOptions): Promise<Serving> => {
  const paths = homePaths(home)
  const other = readServing(home)
  if (Buffer.byteLength(paths.socket) > longestSocketPath) throw homeTooLong(paths.socket)
  if (other && isAlive(other.owner)) throw alreadyServing(other.owner.pid, other.url)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  killLeftovers(paths.apps)

  const innerPort = slotPorts(async ({ project, slot }) =>
    (await services.list(project)).some(one => one.slot === slot && one.pid !== null),
  )
  const services: Supervisor = createSupervisor({
    launch: async instance => launchOf(home, instance, await innerPort(instance)),
    boots: instance => {
      const { live } = readApp(home, instance.project)
      const { release, config } = live?.slot === instance.slot ? live : instance
      return { release, config }
    },
    define: definition => {
      const { project } = definition
      followRollback(home, project, readApp(home, project).live)
      writeWhole(appPaths(home, project).service, embeddedService(definition))
    },
    undefine: project => rmSync(appPaths(home, project).service, { force: true }),
    ownPorts,
  })
  const recorder = createRecorder(project =>
    existsSync(statePath(home, project)) ? appPaths(home, project).metrics : null,
  )
  const usage = createUsage(recorder)
  const record = async (): Promise<void> => {
    usage(await services.list())
    recorder.write()
  }
  const recording = setInterval(
    () => void record().catch((error: unknown) => tell(`metrics: ${String(error)}`)),
    recordEveryMs,
  ).unref()
  const proxy = await createEmbeddedProxy({
    sites: readSites(paths.sites),
    save: site => writeWhole(appPaths(home, site.project).site, embeddedSite(site)),
    forget: project => rmSync(appPaths(home, project).site, { force: true }),
    filesOf: project => appPaths(home, project).files,
    answered: recorder.answered,
    own: page,
  })

  const convergeApp = async (project: string): Promise<void> => {
    const live = listProjects(home).includes(project) ? readApp(home, project).live : null
    if (live) restoreCurrent(home, project, live)
    followRollback(home, project, live)
    const placeFor = async (live: Live): Promise<Processes> => {
      const port = (await isFree(live.port)) ? live.port : await freePort()
      if (port !== live.port) commitLive(home, project, { ...live, port })
      return { web: onLoopback(port) }
    }
    await converge(project, { services, proxy, live, placeFor, graceMs: stopGraceMs, seated: true })
  }
  const converging = new Map<string, Promise<void>>()
  const convergeLoudly = (project: string): Promise<void> => {
    const done = (converging.get(project) ?? Promise.resolve())
      .then(() => convergeApp(project))
      .then(() => settled(project))
      .catch((error: unknown) => tell(`${project}: ${String(error)}`))
    converging.set(project, done)
    return done
  }

  const port = await proxy.listen(host, wantedPort)
  const control = await listenAsKeeper({
    listen: paths.socket,
    services,
    proxy,
    apps: null,
    only: null,
    onLeaseLost: project => void convergeLoudly(project),
    // The next deploy begins after the app was converged.
    beforeLease: async project => converging.get(project),
  })
  writeJson(paths.serving, { owner: ownerOf(process.pid), port, url: `http://localhost:${port}` })
  // The apps need their databases when they start.
  await startAll(home, tell)
  await Promise.all(listProjects(home).map(convergeLoudly))

  return {
    port,
    close: async () => {
      control.close()
      control.closeAllConnections()
      await services.close(stopGraceMs)
      await stopAll(home, tell)
      await proxy.close()
      clearInterval(recording)
      recorder.write()
      // The socket goes first, so that an embedded mode that starts meanwhile keeps its own socket.
      rmSync(paths.socket, { force: true })
      rmSync(paths.serving, { force: true })
    },
  }
}

/** Kills apps that a killed embedded mode left behind: two instances cannot run in one slot. */
const killLeftovers = (apps: string): void =>
  killAll(() => processesWith('GATLING_INSTANCE', `${apps}/`, false))

/**
 * Makes a function that returns the inner port of a slot. A slot keeps its port, unless another program took it while
 * nothing ran there.
 */
const slotPorts = (runs: (instance: Instance) => Promise<boolean>) => {
  const ports = new Map<string, number>()
  return async (instance: Instance): Promise<number> => {
    const slot = `${instance.project}@${instance.slot}`
    const known = ports.get(slot)
    if (known !== undefined && ((await runs(instance)) || (await isFree(known)))) return known
    const port = await freePort()
    ports.set(slot, port)
    return port
  }
}

const launchOf = (home: string, instance: Instance, innerPort: number): Launch => {
  const { project, slot, release } = instance
  const { deploy, releases, log } = appPaths(home, project)
  const path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  const { releaseName, environment, file, secrets } = startOf(home, instance, innerPort, path)
  mkdirSync(join(deploy, 'tmp', slot), { recursive: true, mode: 0o700 })
  if (file) writeWhole(file.path, file.text, 0o400)
  return {
    argv: [join(releases, String(release), 'bin', releaseName), 'start'],
    cwd: deploy,
    env: environment,
    log,
    mask: masker(secrets),
  }
}

const readSites = (folder: string) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => readJson(join(folder, name), siteSchema) ?? [])
}
