import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { instanceEnvironment } from '../config/environment.js'
import type { Live } from '../core/env.js'
import { alreadyServing, homeTooLong } from '../core/errors.js'
import { masker } from '../core/mask.js'
import type { Instance, ServiceStatus } from '../core/service-manager.js'
import { writeWhole } from '../hosts/files.js'
import { freePort, isFree } from '../hosts/ports.js'
import { processesWith } from '../hosts/procfs.js'
import { createEmbeddedProxy } from '../proxies/embedded.js'
import { privateEpmd } from '../services/epmd.js'
import { createSupervisor, type Launch } from '../services/supervisor.js'
import { commitLive, listProjects, mendCurrent, readApp, readManifest } from '../state/apps.js'
import { plainValues, readConfig, secretsOf } from '../state/config.js'
import { readJson, writeJson } from '../state/json-file.js'
import { isAlive, ownerOf } from '../state/owner.js'
import { appPaths, homePaths } from '../state/paths.js'
import { readServing } from '../state/serving.js'
import { embeddedSite } from '../templates/site.js'
import { listenForControl, longestSocketPath } from './control.js'

const siteSchema = v.object({ project: v.string(), domains: v.array(v.string()) })

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
  /** What happens to apps outside of a deploy. */
  readonly tell: (text: string) => void
}

/** How long the apps have to stop when embedded mode ends, in ms. */
const stopGraceMs = 20_000

/**
 * Embedded mode: one process that runs every app and answers for them.
 * @throws GatlingError ALREADY_SERVING, ADDRESS_IN_USE or HOME_TOO_LONG.
 */
export const serve = async ({ home, host, port: wantedPort, tell }: ServeOptions): Promise<Serving> => {
  const paths = homePaths(home)
  const other = readServing(home)
  if (Buffer.byteLength(paths.socket) > longestSocketPath) throw homeTooLong(paths.socket)
  if (other && isAlive(other.owner)) throw alreadyServing(other.owner.pid, other.url)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  killLeftovers(paths.apps)

  const epmd = privateEpmd(`${paths.apps}/epmd`)
  const services = createSupervisor({
    launch: instance => launchOf(home, instance, epmd.port),
    bootRelease: ({ project, slot, release }) => {
      const { live } = readApp(home, project)
      return live?.slot === slot ? live.release : release
    },
    define: (project, definition) => writeWhole(appPaths(home, project).service, definition),
    undefine: project => rmSync(appPaths(home, project).service, { force: true }),
  })
  const proxy = createEmbeddedProxy({
    sites: readSites(paths.sites),
    save: site => writeWhole(appPaths(home, site.project).site, embeddedSite(site)),
    forget: project => rmSync(appPaths(home, project).site, { force: true }),
  })

  /** Brings an app to what its state says: the live release runs and gets the requests, nothing else runs. */
  const converge = async (project: string): Promise<void> => {
    const live = listProjects(home).includes(project) ? readApp(home, project).live : null
    const running = await services.list(project)
    if (live) await bringUp(project, live, running)
    for (const instance of running.filter(({ slot }) => slot !== live?.slot)) {
      await services.stop(project, instance.slot, stopGraceMs)
    }
  }
  const bringUp = async (project: string, live: Live, running: readonly ServiceStatus[]): Promise<void> => {
    mendCurrent(home, project, live)
    // Whatever it booted from: a hot upgrade has taken it to this release, or its node goes back by itself.
    if (running.some(({ slot }) => slot === live.slot)) {
      await services.enable(project, live.slot)
      await proxy.configure({ project, domains: live.domains })
      await proxy.route(project, live.port)
      return
    }
    const port = (await isFree(live.port)) ? live.port : await freePort()
    if (port !== live.port) commitLive(home, project, { ...live, port })
    await services.start({ project, slot: live.slot, release: live.release, port })
    await services.enable(project, live.slot)
    await proxy.configure({ project, domains: live.domains })
    await proxy.route(project, port)
  }
  const convergeLoudly = (project: string): Promise<void> =>
    converge(project).catch((error: unknown) => tell(`${project}: ${String(error)}`))

  const port = await proxy.listen(host, wantedPort)
  const control = await listenForControl({
    socket: paths.socket,
    services,
    proxy,
    onLeaseLost: project => void convergeLoudly(project),
  })
  writeJson(paths.serving, { owner: ownerOf(process.pid), port, url: `http://localhost:${port}` })
  await Promise.all(listProjects(home).map(convergeLoudly))

  return {
    port,
    close: async () => {
      control.close()
      control.closeAllConnections()
      await services.close(stopGraceMs)
      await proxy.close()
      await epmd.close()
      rmSync(paths.serving, { force: true })
      rmSync(paths.socket, { force: true })
    },
  }
}

/** A killed embedded mode leaves its apps behind; two of one app cannot run in one slot. */
const killLeftovers = (apps: string): void => {
  for (const pid of processesWith('GATLING_INSTANCE', `${apps}/`, false)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended
    }
  }
}

const launchOf = async (
  home: string,
  { project, slot, port, release }: Instance,
  epmdPort: () => Promise<number | null>,
): Promise<Launch> => {
  const { deploy, releases, log } = appPaths(home, project)
  const releaseDir = join(releases, String(release))
  const manifest = readManifest(home, project, release)
  const config = readConfig(home, project)
  const found = await epmdPort()
  const env = instanceEnvironment(
    {
      project,
      slot,
      port,
      deployDir: deploy,
      revision: manifest.revision,
      hostName: manifest.host_name,
      cookie: config.cookie,
      epmdPort: found,
    },
    plainValues(config),
    process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  )
  mkdirSync(join(deploy, 'tmp', slot), { recursive: true, mode: 0o700 })
  return {
    argv: [join(releaseDir, 'bin', manifest.release_name), 'start'],
    cwd: deploy,
    env,
    log,
    epmdPort: found,
    mask: masker(secretsOf(config)),
  }
}

const readSites = (folder: string) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => readJson(join(folder, name), siteSchema) ?? [])
}
