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
          ? ok(`${name} is any name there; whether they lead here is not looked at`)
          : domainFinding(name, isIP(name) ? [name] : await addressesOf(name), own),
      ),
  )
}

const localFinding = (names: readonly string[], own: readonly string[]): Said =>
  warning(
    `it answers to ${names.join(', ')} only, which means this machine wherever it is asked for (${seen(own)})`,
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
      `${name} means this machine itself here (${found.join(', ')}), so what it means elsewhere cannot be told`,
      `Look it up on another machine; here, ${name} may be in /etc/hosts.`,
    )
  const elsewhere = found.filter(address => !own.includes(address))
  if (elsewhere.length === 0) return ok(`${name} leads here (${found.join(', ')})`)
  return warning(
    `${name} leads to ${elsewhere.join(', ')}; ${here}`,
    'That is well behind NAT, a load balancer or a CDN that leads here; else correct the DNS record.',
  )
}

const seen = (own: readonly string[]): string =>
  own.filter(address => !isLoopback(address) && !address.startsWith('fe80:')).join(', ') || 'loopback alone'

/** Whether a domain, perhaps a wildcard, has a name. */
export const covers = (domain: string, name: string): boolean =>
  domain === name || (domain.startsWith('*.') && name.endsWith(domain.slice(1)))

/** The names a certificate is for (node:crypto, X509Certificate). */
const namesOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].flatMap(([, name]) => name ?? [])

export const certificate = (facts: AppFacts): Answer => {
  const { project, registered } = facts
  const names = domainsOf(facts).filter(name => !isLocalName(name) && !isIP(name) && name.includes('.'))
  if (registered.tls === null)
    return names.length === 0
      ? null
      : ok(`it answers on http alone; for https: gatling tls enable ${project} --email <address>`)
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
  /** Names that the certificate does not speak of. */
  readonly uncovered: readonly string[]
  /** Names that it speaks of and that the app does not have, or no more. */
  readonly former: readonly string[]
  readonly ends: Date
  readonly now: Date
}): readonly Said[] => {
  const { project, email, uncovered, former, ends, now } = facts
  const days = Math.floor((ends.getTime() - now.getTime()) / dayMs)
  const on = ends.toISOString().slice(0, 10)
  const renew = 'See what keeps it from being renewed: certbot renew --dry-run'
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
      : [warning(`its certificate is not for ${uncovered.join(', ')}: on http alone there`, again)]),
    ...(former.length === 0
      ? []
      : [
          warning(
            `its certificate is also for ${former.join(', ')}, which the app has no more: it will not be renewed at all once they lead elsewhere`,
            again,
          ),
        ]),
  ]
}
