import { existsSync } from 'node:fs'
import { parseNames } from '../config/domains.js'
import { parseNginxConf } from '../config/nginx-conf.js'
import { type Cluster, clusterPort, everySlot } from '../core/cluster.js'
import { fleetNetwork } from '../core/fleet.js'
import type { Site } from '../core/proxy.js'
import type { ServiceDefinition } from '../core/service-manager.js'
import { nodeAddress, nodeNetwork } from '../core/slot.js'
import { certificatePaths } from '../state/certificate.js'
import { clusterOf } from '../state/cluster.js'
import { appPaths } from '../state/paths.js'
import { isServerHome, type Registered, readRegistered, serverPaths, userOf } from '../state/server.js'
import { nginxSite } from '../templates/nginx-site.js'
import { embeddedService } from '../templates/service.js'
import { embeddedSite } from '../templates/site.js'
import { type NodePlace, slotUnit, type UnitFacts } from '../templates/systemd.js'

/** Writes the text that defines an app's service. */
export const unitText = (home: string, definition: ServiceDefinition): string =>
  isServerHome(home) ? slotUnit(unitFacts(definition)) : embeddedService(definition)

/** Writes the text of an app's site. @throws GatlingError NGINX_CONF_INVALID. */
export const siteText = (home: string, site: Site): string => {
  const registered = isServerHome(home) ? readRegistered(site.project) : null
  return registered ? nginxText(site, registered) : embeddedSite(site)
}

/** Returns the link that makes the proxy read a site. */
export const siteLink = (home: string, project: string): string =>
  isServerHome(home) ? linkOf(project) : appPaths(home, project).site

export const linkOf = (project: string): string => `${serverPaths.enabledSites}/${project}.conf`

/** Returns the facts for the units of an app. */
export const unitFacts = ({ project, drainMs, limits }: ServiceDefinition): UnitFacts => ({
  project,
  ports: instancePorts(readRegistered(project), clusterOf(project)),
  user: userOf(project),
  node: nodePlace(project),
  root: appPaths(serverPaths.home, project).root,
  environment: `${serverPaths.etc}/env/${project}-%i`,
  drainMs,
  limits,
  gatling: serverPaths.gatling,
})

/** Returns where the processes of an app may reach Erlang nodes: the app's own, on all machines. */
export const nodePlace = (project: string): NodePlace => {
  const cluster = clusterOf(project)
  const isInFleet = existsSync(serverPaths.fleet)
  return {
    isInFleet,
    addresses: [nodeAddress(project), ...(cluster === null ? [] : everySlot(cluster))],
    // The machines of a fleet believe each other's requests, so an app must not be able to send one.
    networks: [nodeNetwork, ...(isInFleet ? [fleetNetwork] : [])],
  }
}

const instancePorts = (known: Registered | null, cluster: Cluster | null): number[] =>
  known
    ? [
        ...[known.ports.a, known.ports.b, known.ports.node_a, known.ports.node_b],
        ...(cluster === null ? [] : [clusterPort(cluster)]),
      ]
    : []

/**
 * Writes an app's site for nginx. The names come from a file that the app's own code could have written, so they are
 * parsed again.
 * @throws GatlingError DOMAINS_INVALID or NGINX_CONF_INVALID.
 */
export const nginxText = (site: Site, { ports, tls, scale }: Registered): string => {
  const { project, own, maxBody, files } = site
  const domains = parseNames(site.domains)
  const publicDir = serverPaths.public(project)
  return nginxSite({
    project,
    domains,
    ports: { a: ports.a, b: ports.b, own: ports.own },
    marker: serverPaths.marker(project),
    fleet: scale ?? null,
    publicDir,
    acmeDir: serverPaths.acme,
    tls: tls && { ...certificatePaths(project), domains: tls.domains },
    own: own === null ? null : parseNginxConf(own, { project, domains }),
    maxBody,
    files,
    log: serverPaths.answers,
    ipv6: hasIpv6(),
  })
}

/** Tells whether the kernel has IPv6. */
export const hasIpv6 = (): boolean => existsSync('/proc/net/if_inet6')
