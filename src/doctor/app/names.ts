import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isLocalName } from '../../core/local-name.js'
import { readIfThere } from '../../hosts/files.js'
import { certificatePaths } from '../../state/certificate.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { isLoopback } from '../listeners.js'
import { addressesOf } from '../resolve.js'
import { type AppFacts, domainsOf } from './facts.js'

export const domains = async (facts: AppFacts): Promise<Answer> => {
  const names = domainsOf(facts)
  if (names.length === 0) return null
  const own = Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address))
  if (names.every(isLocalName)) return localFinding(names, own)
  return Promise.all(
    names
      .filter(name => !isLocalName(name))
      .map(async name =>
        name.startsWith('*.')
          ? ok(`${name} includes any name; doctor does not check whether they lead here`)
          : domainFinding(name, isIP(name) ? [name] : await addressesOf(name), own),
      ),
  )
}

const localFinding = (names: readonly string[], own: readonly string[]): Said =>
  warning(
    `it answers only to ${names.join(', ')}, which every machine takes for itself (this machine has ${seen(own)})`,
    'Write its name into the file `domains` of the app, and push.',
  )

/** @param found the addresses of the name; @param own those of this machine. */
export const domainFinding = (name: string, found: readonly string[], own: readonly string[]): Said => {
  const here = `this machine has ${seen(own)}`
  if (found.length === 0)
    return warning(
      `${name} has no address; ${here}`,
      `Make a DNS record for ${name} that leads to this machine.`,
    )
  if (found.every(isLoopback))
    return warning(
      `${name} means this machine itself here (${found.join(', ')}), so doctor cannot tell what it means elsewhere`,
      `Look it up on another machine; here, ${name} may be in /etc/hosts.`,
    )
  const elsewhere = found.filter(address => !own.includes(address))
  if (elsewhere.length === 0) return ok(`${name} leads here (${found.join(', ')})`)
  return warning(
    `${name} leads to ${elsewhere.join(', ')}; ${here}`,
    'That is right behind NAT, a load balancer or a CDN that leads here. Otherwise correct the DNS record.',
  )
}

const seen = (own: readonly string[]): string =>
  own.filter(address => !isLoopback(address) && !address.startsWith('fe80:')).join(', ') || 'only loopback'

/** Tells whether a domain, which can be a wildcard, includes a name. */
export const covers = (domain: string, name: string): boolean =>
  domain === name || (domain.startsWith('*.') && name.endsWith(domain.slice(1)))

/** Returns the names that a certificate is for (node:crypto, X509Certificate). */
const namesOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].flatMap(([, name]) => name ?? [])

export const certificate = (facts: AppFacts): Answer => {
  const { project, registered } = facts
  const names = domainsOf(facts).filter(name => !isLocalName(name) && !isIP(name) && name.includes('.'))
  if (registered.tls === null)
    return names.length === 0
      ? null
      : ok(`it answers only on http; for https: gatling tls enable ${project} --email <address>`)
  const path = certificatePaths(project).certificate
  const text = readIfThere(path)
  if (text === null)
    return problem(
      `its certificate is gone: ${path}`,
      `gatling tls enable ${project} --email ${registered.tls.email}`,
    )
  const found = new X509Certificate(text)
  return certificateFindings({
    project,
    email: registered.tls.email,
    uncovered: names.filter(name => found.checkHost(name) === undefined),
    former: namesOf(found).filter(name => !domainsOf(facts).some(domain => covers(domain, name))),
    ends: new Date(found.validTo),
    now: new Date(),
  })
}

const dayMs = 86_400_000
/** certbot renews thirty days before the end. */
const soonDays = 21
const nowDays = 7

export const certificateFindings = (facts: {
  readonly project: string
  readonly email: string
  /** Names of the app that the certificate does not have. */
  readonly uncovered: readonly string[]
  /** Names of the certificate that the app does not have, or no longer has. */
  readonly former: readonly string[]
  readonly ends: Date
  readonly now: Date
}): readonly Said[] => {
  const { project, email, uncovered, former, ends, now } = facts
  const days = Math.floor((ends.getTime() - now.getTime()) / dayMs)
  const on = ends.toISOString().slice(0, 10)
  const renew = 'See what prevents the renewal: certbot renew --dry-run'
  const again = `gatling tls enable ${project} --email ${email}`
  const left = `its certificate ends in ${days} days, on ${on}`
  return [
    days < 0
      ? problem(`its certificate ended on ${on}`, renew)
      : days < nowDays
        ? problem(left, renew)
        : days < soonDays
          ? warning(`${left}, and should have been renewed`, renew)
          : ok(left),
    ...(uncovered.length === 0
      ? []
      : [warning(`its certificate is not for ${uncovered.join(', ')}: only http works there`, again)]),
    ...(former.length === 0
      ? []
      : [
          warning(
            `its certificate is also for ${former.join(', ')}, which the app no longer has: if they lead elsewhere, the whole certificate cannot be renewed`,
            again,
          ),
        ]),
  ]
}
