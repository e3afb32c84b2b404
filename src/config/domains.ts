import { domainsInvalid } from '../core/errors.js'

const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?'
const hostName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*\\.?$`)

/**
 * Reads the `domains` file: host names separated by commas, spaces or lines; `#` begins a comment.
 * @throws GatlingError DOMAINS_INVALID naming what is no host name.
 */
export const parseDomains = (text: string): string[] => {
  const names = text
    .split('\n')
    .flatMap(line => line.replace(/#.*/, '').split(/[,\s]+/))
    .filter(name => name !== '')
    .map(name => name.toLowerCase())
  const wrong = names.filter(name => name.length > 253 || !hostName.test(name))
  if (wrong.length > 0) throw domainsInvalid(wrong)
  return [...new Set(names.map(name => name.replace(/\.$/, '')))]
}

/**
 * Reads names that are one each already, but may have been written by anybody.
 * @throws GatlingError DOMAINS_INVALID.
 */
export const parseNames = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap(name => parseDomains(name.replaceAll(/[\s,#]/g, '/')))),
]

/** Where an app without a `domains` file answers: every browser takes `*.localhost` for this machine (RFC 6761). */
export const defaultDomain = (project: string): string => `${project.replaceAll('_', '-')}.localhost`
