import { backendOf, type Endpoint } from '../core/endpoint.js'
import type { Live } from '../core/live.js'
import { liveSite, type ReverseProxy, requestsLeaveMs } from '../core/proxy.js'
import {
  definitionOf,
  type Processes,
  type ServiceManager,
  type ServiceStatus,
} from '../core/service-manager.js'

export interface Convergence {
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  /** The live version in the app's state; null: nothing is live. */
  readonly live: Live | null
  /** Returns where to start the live release if it does not run. */
  readonly placeFor: (live: Live) => Promise<Processes>
  /**
   * How long an instance that was never live has to stop, in ms; null: no instance is stopped, because a deploy can be
   * starting it.
   */
  readonly graceMs: number | null
  /** Whether an instance must run on this machine. On a machine of a fleet the app can have no seat. */
  readonly seated: boolean
}

/**
 * Brings an app to what its state says: the live release runs and gets the requests, and nothing else runs or is known.
 * The old version can finish its requests.
 */
export const converge = async (project: string, world: Convergence): Promise<void> => {
  const { services, proxy, live, graceMs } = world
  if (live?.processes.length === 0) return serveFiles(project, live, world)
  if (live && !world.seated) return standBy(project, live, world)
  const running = await services.list(project)
  const others = graceMs === null ? [] : running.filter(({ slot }) => slot !== live?.slot)
  const isUp = running.some(({ slot }) => slot === live?.slot)
  // If the live version does not run (stop_first), the others must stop before it starts.
  if (!isUp) for (const { slot } of others) await services.stop(project, slot, graceMs ?? 0)
  if (live) {
    const { port } = await bringUp(project, live, running, world)
    if (!isUp) return
    for (const { slot, processes } of others) {
      await proxy.drained(project, processes.web, requestsLeaveMs)
      await untilBack(project, live, port, services)
      await services.stop(project, slot, live.drain_timeout)
    }
  } else if (graceMs !== null) {
    await proxy.remove(project)
    await services.uninstall(project)
  }
}

const serveFiles = async (project: string, live: Live, { services, proxy }: Convergence): Promise<void> => {
  await services.install(definitionOf(project, live))
  await proxy.configure(liveSite(project, live))
  await proxy.route(project, backendOf(live))
}

/** Keeps an app ready on a machine where no instance must run: it has units and a site, and requests go elsewhere. */
const standBy = async (project: string, live: Live, world: Convergence): Promise<void> => {
  const { services, proxy, graceMs } = world
  await services.install(definitionOf(project, live))
  await proxy.configure(liveSite(project, live))
  if (graceMs === null) return
  for (const { slot, processes } of await services.list(project)) {
    await proxy.drained(project, processes.web, requestsLeaveMs)
    await services.stop(project, slot, live.drain_timeout)
  }
}

const bringUp = async (
  project: string,
  live: Live,
  running: readonly ServiceStatus[],
  { services, proxy, placeFor }: Convergence,
): Promise<Endpoint> => {
  // It does not matter which release it booted from: a hot upgrade took it to this release, or its node goes back by
  // itself. An instance that is stopping does not count: `start` waits for its end.
  const there = running.find(({ slot, state }) => slot === live.slot && state !== 'stopping')
  const processes = there?.processes ?? (await placeFor(live))
  await services.install(definitionOf(project, live))
  if (!there)
    await services.start({ project, slot: live.slot, release: live.release, processes, config: live.config })
  await services.enable(project, live.slot)
  await proxy.configure(liveSite(project, live))
  await proxy.route(project, processes.web)
  return processes.web
}

/** How long the old version answers for a live version that died beside it, and the time between two looks, in ms. */
const standInMs = 30_000
const lookEveryMs = 100

/**
 * Waits until the live version listens. If it died meanwhile, the old version answers in its place, as nginx's backup.
 */
const untilBack = async (
  project: string,
  { slot }: Live,
  port: number,
  services: ServiceManager,
): Promise<void> => {
  const deadline = performance.now() + standInMs
  while (!(await services.listening(project, slot)).includes(port) && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
}
