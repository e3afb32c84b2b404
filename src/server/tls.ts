import * as certbot from '../commands/certbot.js'
import { list } from '../core/error-text.js'
import { notDeployed } from '../deploy/errors.js'
import { notTold } from '../fleet/errors.js'
import { runCommand } from '../hosts/capture.js'
import { whileLocked } from '../hosts/lock.js'
import { useNginxFiles } from '../hosts/nginx.js'
import { registeredSite, rootProxy } from '../runtimes/root.js'
import { certificateOf } from '../state/certificate.js'
import { projectUnknown } from '../state/errors.js'
import { registeredProjects } from '../state/registered.js'
import { type Registered, readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { certificateRefused, certificatesUnused, noPublicName } from './errors.js'
import { tellFleet } from './tell-fleet.js'

/**
 * How often certbot is tried. It can fail after a refused nonce (RFC 8555 §6.5), because it asks for a new one only
 * once.
 */
const attempts = 3

/**
 * Gets a certificate for the app's names, and makes nginx use it. A later call adds new names.
 * @throws GatlingError NOT_DEPLOYED, NO_PUBLIC_NAME or CERTIFICATE_REFUSED; http goes on as before.
 */
export const enableTls = async (
  project: string,
  email: string,
  authority: string | undefined,
): Promise<readonly string[]> => {
  const known = registeredOr(project)
  if (!known.site) throw notDeployed(project)
  const domains = known.site.domains.filter(isPublicName)
  if (domains.length === 0) throw noPublicName(project, known.site.domains)
  const command = certbot.obtain({
    name: certificateOf(project),
    domains,
    email,
    webroot: serverPaths.acme,
    authority,
  })
  for (let attempt = 1; ; attempt++) {
    const { status, stdout, stderr } = await runCommand(command)
    if (status === 0) break
    if (attempt === attempts || !/nonce|can't set attribute/i.test(`${stdout}${stderr}`))
      throw certificateRefused(domains, `${stdout}${stderr}`.trim().split('\n'))
  }
  await change(project, { email, domains })
  await tell(project)
  return domains
}

/** Disables https for an app, and removes its certificate. */
export const disableTls = async (project: string): Promise<void> => {
  registeredOr(project)
  await change(project, null)
  await tell(project)
  await runCommand(certbot.forget(certificateOf(project)))
}

/**
 * Makes nginx use renewed certificates, on all machines of a fleet. What keeps a machine from one certificate does not
 * keep it from the next.
 * @throws GatlingError CERTIFICATES_UNUSED or FLEET_NOT_TOLD, which certbot writes to its log.
 */
export const useRenewed = async (): Promise<void> => {
  const refused = await whileLocked(serverPaths.lock('nginx'), () => useNginxFiles())
  if (refused !== null) throw certificatesUnused(refused)
  const untold: string[] = []
  const reasons: string[] = []
  for (const project of registeredProjects()) {
    const said = await tellFleet(project).catch((error: unknown) => [String(error)])
    if (said.length > 0) untold.push(project)
    reasons.push(...said)
  }
  if (reasons.length > 0) throw notTold(list(untold), [...new Set(reasons)])
}

/** Tells the other machines of the fleet about the certificate. @throws GatlingError FLEET_NOT_TOLD. */
const tell = async (project: string): Promise<void> => {
  const reasons = await tellFleet(project)
  if (reasons.length > 0) throw notTold(project, reasons)
}

const change = async (project: string, tls: Registered['tls']): Promise<void> => {
  const known = registeredOr(project)
  writeRegistered({ ...known, tls })
  const site = registeredSite(known)
  try {
    if (site) await rootProxy().configure(site)
  } catch (error) {
    writeRegistered({ ...registeredOr(project), tls: known.tls })
    throw error
  }
}

/** Tells whether http-01 can prove a name: not a wildcard, and a name that everybody can look up (RFC 8555 §8.3). */
const isPublicName = (name: string): boolean =>
  name.includes('.') && !name.startsWith('*') && !/(^|\.)localhost$|^[\d.]+$/.test(name)

const registeredOr = (project: string): Registered => {
  const known = readRegistered(project)
  if (!known) throw projectUnknown(project, undefined, registeredProjects())
  return known
}
