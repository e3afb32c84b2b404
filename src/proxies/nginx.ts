import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as nginx from '../commands/nginx.js'
import * as systemd from '../commands/systemd.js'
import { overlapOf, parseNames, refuseSuffixes } from '../config/domains.js'
import { domainsInvalid, nginxConfInvalid } from '../config/errors.js'
import { type Endpoint, isFiles } from '../core/endpoint.js'
import { GatlingError } from '../core/error.js'
import type { Slot } from '../core/live.js'
import type { ReverseProxy, Site } from '../core/proxy.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, syncFolder, writeWhole } from '../hosts/files.js'
import { whileLocked } from '../hosts/lock.js'
import { useNginxFiles } from '../hosts/nginx.js'
import { connectionsTo } from '../hosts/procfs.js'
import { domainTaken, nginxBroken, nginxRefused } from './errors.js'
import { answersIn } from './nginx-log.js'
import { foreignSites } from './nginx-names.js'

export interface NginxOptions {
  /** The lock that prevents other changes of nginx's files meanwhile. */
  readonly lock: string
  readonly path: (project: string) => string
  /** The link to the site, which makes nginx read it. */
  readonly link: (project: string) => string
  /** Whether Gatling wrote a file that nginx reads. */
  readonly isOurs: (path: string) => boolean
  /** A file that exists while slot b is live. nginx looks for it at every request, so a switch needs no reload. */
  readonly marker: (project: string) => string
  /**
   * Writes the text of a site.
   * @throws GatlingError NGINX_CONF_INVALID for directives that the app's own nginx.conf may not use.
   */
  readonly render: (site: Site) => string
  /** The site that nginx last got; null: none. */
  readonly known: (project: string) => Site | null
  /** Every site of the machine. */
  readonly sites: () => readonly Site[]
  readonly remember: (project: string, site: Site | null) => void
  /** The log of answers for apps. */
  readonly log: string
  /** Returns the slot of an endpoint; null: it does not belong to the app. */
  readonly slotOf: (project: string, backend: Endpoint) => Slot | null
}

/** Time between two counts of connections, in ms. */
const countEveryMs = 100
/** If no connection has ended for this time, in ms, the rest are WebSockets, or will take long. */
const stillMs = 1_000

/**
 * Returns the proxy of nginx, for root. nginx tests its whole configuration before it uses it. If the test or the
 * reload refuses it, the old configuration is put back.
 */
export const nginxProxy = (options: NginxOptions): ReverseProxy => {
  const { lock, path, link, isOurs, marker, render, known, sites, remember, slotOf, log } = options

  /** Makes nginx use this text for a site; null: none. @throws GatlingError NGINX_REFUSED or NGINX_BROKEN. */
  const apply = async (
    project: string,
    text: string | null,
    names: readonly string[] = [],
  ): Promise<void> => {
    const before = readIfThere(path(project))
    const wasLinked = linkTarget(link(project)) === path(project)
    const isSaid = before === text && wasLinked === (text !== null)
    // If nginx does not run, it must be started even without a change.
    if (isSaid && (text === null || (await runCommand(systemd.isActive('nginx.service'))).status === 0))
      return
    if (text !== null) await refuseForeign(names, /listen 443/.test(text) ? [80, 443] : [80])
    put(project, text)
    const refused = await useNginxFiles(names)
    if (refused === null) return
    put(project, wasLinked ? before : null)
    // If nginx refuses the old site, too, the cause is not this app.
    const others = text === null ? refused : await useNginxFiles()
    throw others === null ? nginxRefused(refused) : nginxBroken(others)
  }
  /** Refuses names that a site written by hand already has. */
  const refuseForeign = async (names: readonly string[], ports: readonly number[]): Promise<void> => {
    const { stdout } = await runCommand(nginx.dump)
    for (const other of foreignSites(stdout, isOurs, ports)) {
      const taken = overlapOf(names, other.names)
      if (taken) throw domainTaken(taken.name, other.path, taken.other)
    }
  }
  const put = (project: string, text: string | null): void => {
    if (text === null) {
      rmSync(link(project), { force: true })
      rmSync(path(project), { force: true })
      return
    }
    // If there is no room on the disk, this fails, and the old file stays. Only root can read the file, because it can
    // contain secrets of the app's own nginx.conf.
    writeWhole(path(project), text)
    if (linkTarget(link(project)) === path(project)) return
    rmSync(link(project), { force: true })
    symlinkSync(path(project), link(project))
    syncFolder(dirname(link(project)))
  }

  const configure = (asked: Site): Promise<void> => whileLocked(lock, () => configureAlone(asked))

  /**
   * Configures a site while the lock is held. If an earlier Gatling accepted a site that this one refuses, the site
   * stays until the app changes it.
   */
  const configureAlone = async (asked: Site, port: number | null = null): Promise<void> => {
    try {
      await accept(asked)
    } catch (error) {
      const isAsBefore = isRefusal(error) && isDeepStrictEqual(asked, known(asked.project))
      if (!isAsBefore || !isRead(asked.project, port)) throw error
    }
  }
  /** Tells whether nginx reads a site that leads to this port. */
  const isRead = (project: string, port: number | null): boolean => {
    const text = linkTarget(link(project)) === path(project) ? readIfThere(path(project)) : null
    return text !== null && (port === null || text.includes(`127.0.0.1:${port} `))
  }

  const accept = async (asked: Site): Promise<void> => {
    // The names come from an app's own code. In capitals, or with a final dot, a name is the same name.
    const site = { ...asked, domains: parseNames(asked.domains) }
    await refuseSuffixes(site.domains)
    for (const other of sites()) {
      const taken = other.project === site.project ? null : overlapOf(site.domains, other.domains)
      if (taken) throw domainTaken(taken.name, other.project, taken.other)
    }
    await apply(site.project, render(site), site.domains)
    remember(site.project, site)
  }

  return {
    configure,
    route: async (project, backend) => {
      const slot = isFiles(backend) ? backend.files : slotOf(project, backend)
      if (slot === null) throw new Error(`this is not an endpoint of ${project}`)
      // If a slot got another port, the site is written first.
      await whileLocked(lock, async () => {
        const site = known(project)
        if (site) await configureAlone(site, isFiles(backend) ? null : backend.port)
      })
      if (slot === 'b') writeWhole(marker(project), '', 0o644)
      else rmSync(marker(project), { force: true })
      mkdirSync(dirname(marker(project)), { recursive: true })
      syncFolder(dirname(marker(project)))
    },
    drained: async (_project, backend, timeoutMs) => {
      if (isFiles(backend)) return 0
      const { port } = backend
      const deadline = performance.now() + timeoutMs
      let open = connectionsTo(port)
      let changed = performance.now()
      while (open > 0 && performance.now() < Math.min(deadline, changed + stillMs)) {
        await new Promise(resolve => setTimeout(resolve, countEveryMs))
        const now = connectionsTo(port)
        if (now < open) changed = performance.now()
        open = now
      }
      return open
    },
    answers: async (project, backend, from, to) =>
      isFiles(backend) || slotOf(project, backend) === null
        ? { requests: 0, errors: 0 }
        : answersIn(log, backend.port, from, to),
    remove: project =>
      whileLocked(lock, async () => {
        remember(project, null)
        rmSync(marker(project), { force: true })
        if (existsSync(path(project)) || linkTarget(link(project)) !== null) await apply(project, null)
      }),
  }
}

/** Tells whether a rule of Gatling refused a site, not nginx or the machine. */
const isRefusal = (error: unknown): boolean =>
  error instanceof GatlingError &&
  [domainsInvalid, nginxConfInvalid, domainTaken].some(({ code }) => code === error.code)

const linkTarget = (file: string): string | null => {
  try {
    return readlinkSync(file)
  } catch {
    return null
  }
}
