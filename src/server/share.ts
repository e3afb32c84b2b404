import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { seatUser } from '../commands/docker.js'
import * as sysctl from '../commands/sysctl.js'
import * as systemd from '../commands/systemd.js'
import { type Fleet, isLead, othersIn } from '../core/fleet.js'
import { definitionOf } from '../core/service-manager.js'
import { nameInstances } from '../fleet/names.js'
import { makeImage } from '../fleet/seats.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { whileLocked } from '../hosts/lock.js'
import { must } from '../hosts/must.js'
import { useNginxFiles } from '../hosts/nginx.js'
import { registeredSite, rootProxy, rootServices } from '../runtimes/root.js'
import { readApp } from '../state/apps.js'
import { certificatePaths } from '../state/certificate.js'
import { clusterOf } from '../state/cluster.js'
import { projectUnknown } from '../state/errors.js'
import {
  type Registered,
  readRegistered,
  registeredSiteSchema,
  serverPaths,
  writeRegistered,
} from '../state/server.js'
import { earlyListening, seatService, seatSocket } from '../templates/fleet.js'
import { certificatesUnused } from './errors.js'
import { choosePlace } from './place.js'
import { hold } from './seat.js'

/** What the lead tells another machine about an app with seats. */
export const sharedSchema = v.object({
  web: v.number(),
  port: v.number(),
  /** Its place in the fleet network; null: it gets one now. */
  place: v.optional(v.nullable(v.number()), null),
  /** The live release. */
  release: v.nullable(v.number()),
  site: registeredSiteSchema,
  tls: v.nullable(v.object({ email: v.string(), domains: v.array(v.string()) })),
  /** The certificate and its key; null: there is none. */
  certificate: v.nullable(v.object({ chain: v.string(), key: v.string() })),
})
export type Shared = v.InferOutput<typeof sharedSchema>

/** Returns what the other machines must know about an app of this machine. */
export const sharedOf = ({ project, site, tls, scale, place }: Registered): Shared => {
  const { certificate, key } = certificatePaths(project)
  const isThere = tls !== null && existsSync(certificate)
  return {
    web: scale?.web ?? 1,
    port: scale?.port ?? 0,
    release: readApp(serverPaths.home, project).live?.release ?? null,
    place: place ?? null,
    site,
    tls,
    certificate: isThere
      ? { chain: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
      : null,
  }
}

/**
 * Makes an app of this machine ready for seats: their image, socket and unit, and its site with the other machines. It
 * can run again after a change of the fleet.
 */
export const share = async (project: string, shared: Shared, fleet: Fleet): Promise<void> => {
  if (!readRegistered(project)) throw projectUnknown(project, undefined, [])
  // The instance of the lead runs already.
  if (isLead(fleet) && !readRegistered(project)?.scale) hold(project)
  await makeImage()
  await openSocket(project)
  await shareSite(project, shared, fleet)
}

/** Writes the site of an app, with the other machines, and its certificate. */
export const shareSite = async (
  project: string,
  { web, port, place, site, tls, certificate }: Shared,
  fleet: Fleet,
): Promise<void> => {
  const self = fleet.nodes.find(({ name }) => name === fleet.self)
  const lead = fleet.nodes.find(({ name }) => name === fleet.lead)
  const isNew = !isLead(fleet) && certificate !== null && writeCertificate(project, certificate)
  // A deploy can have written its record meanwhile.
  const known = readRegistered(project)
  if (!known || !self) return
  writeRegistered({
    ...known,
    ...(isLead(fleet) ? {} : { site, tls: certificate && tls }),
    place: place ?? known.place ?? choosePlace(),
    scale: {
      web,
      port,
      open: known.scale?.open ?? isLead(fleet),
      inside: self.inside,
      others: othersIn(fleet).map(({ inside }) => inside),
      lead: isLead(fleet) ? null : (lead?.inside ?? null),
    },
  })
  await letMeet(project)
  const now = registeredSite(readRegistered(project))
  if (now) await rootProxy().configure(now)
  if (isNew) await useCertificate()
  if (certificate === null) rmSync(serverPaths.fleetCertificate(project), { recursive: true, force: true })
}

/** Lets the instance on this machine find those on the others, and reach them. */
const letMeet = async (project: string): Promise<void> => {
  const cluster = clusterOf(project)
  if (cluster) await nameInstances(project, cluster)
  const { live } = readApp(serverPaths.home, project)
  if (live) await rootServices().install(definitionOf(project, live))
}

const openSocket = async (project: string): Promise<void> => {
  const { socket, service, early } = seatPaths(project)
  const facts = {
    project,
    folder: serverPaths.seatFolder(project),
    user: seatUser,
    gatling: serverPaths.gatling,
  }
  const files = [
    { path: socket, text: seatSocket(facts) },
    { path: service, text: seatService(facts) },
    { path: early, text: earlyListening() },
  ]
  const changed = files.filter(({ path, text }) => readIfThere(path) !== text)
  for (const { path, text } of changed) writeWhole(path, text, 0o644)
  if (changed.some(({ path }) => path === early)) await must(sysctl.load(early))
  if (changed.some(({ path }) => path !== early)) await must(systemd.reload)
  await must(systemd.enableNow(`gatling-seat-${project}.socket`))
}

const seatPaths = (project: string) => ({
  socket: join(serverPaths.units, `gatling-seat-${project}.socket`),
  service: join(serverPaths.units, `gatling-seat-${project}@.service`),
  early: serverPaths.earlyListening,
})

/** Writes the certificate that the lead has sent. @returns whether it is another one. */
const writeCertificate = (project: string, { chain, key }: NonNullable<Shared['certificate']>): boolean => {
  const folder = serverPaths.fleetCertificate(project)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const paths = certificatePaths(project)
  if (readIfThere(paths.certificate) === chain && readIfThere(paths.key) === key) return false
  writeWhole(paths.certificate, chain)
  writeWhole(paths.key, key)
  return true
}

/** Makes nginx read a certificate that has changed under its old path. @throws GatlingError CERTIFICATES_UNUSED. */
const useCertificate = async (): Promise<void> => {
  const refused = await whileLocked(serverPaths.lock('nginx'), () => useNginxFiles())
  if (refused !== null) throw certificatesUnused(refused)
}

/** Removes what {@link share} made. The site of the app stays. */
export const unshare = async (project: string): Promise<void> => {
  const { socket, service } = seatPaths(project)
  await runCommand(systemd.disableNow(`gatling-seat-${project}.socket`))
  await runCommand(systemd.stop(`gatling-seat-${project}@*.service`))
  for (const path of [socket, service, serverPaths.seatFolder(project)])
    rmSync(path, { recursive: true, force: true })
  await must(systemd.reload)
  const { scale: _scale, nodes: _nodes, ...known } = readRegistered(project) ?? {}
  if (!('project' in known)) return
  writeRegistered(known)
  rmSync(serverPaths.held(project), { force: true })
  const site = registeredSite(known)
  if (site) await rootProxy().configure(site)
}
