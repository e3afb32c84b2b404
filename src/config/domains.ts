import { domainsInvalid } from './errors.js'

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
  const wrong = names.flatMap(name => wrongWith(name))
  if (wrong.length > 0) throw domainsInvalid(wrong)
  return [...new Set(names.map(name => name.replace(/\.$/, '')))]
}

/** What somebody else's requests, or everybody's, would come by is no name of an app. */
const wrongWith = (name: string): string[] => {
  if (name.length > 253 || !hostName.test(name)) return [name]
  const labels = name.replace(/\.$/, '').split('.')
  const last = labels.at(-1) ?? ''
  // A browser takes what ends so for an address (WHATWG URL, "ends in a number").
  if (/^(\d+|0x[\da-f]*)$/.test(last)) return [`${name} (an address)`]
  if (!/[a-z]/.test(last)) return [name]
  return labels[0] === '*' && labels.length === 2 ? [`${name} (every name that ends so)`] : []
}

/**
 * Refuses what many register names under, such as `com`, `co.uk` or `*.github.io`: it is nobody's own (publicsuffix.org).
 * @throws GatlingError DOMAINS_INVALID.
 */
export const refuseSuffixes = async (domains: readonly string[]): Promise<void> => {
  const listed = domains.filter(name => !isReserved(name))
  if (listed.length === 0) return
  // To read the long list takes as long as to start the command.
  const { parse } = await import('tldts')
  const isSuffix = (name: string): boolean => {
    const { isIcann, isPrivate, domain } = parse(name, { allowPrivateDomains: true, validateHostname: false })
    return (isIcann === true || isPrivate === true) && domain === null
  }
  const wrong = listed.filter(name => isSuffix(name.replace(/^\*\./, '')))
  if (wrong.length > 0) throw domainsInvalid(wrong.map(name => `${name} (many have names that end so)`))
}

/** Nobody registers names under these (RFC 6761, section 6.2 and 6.3), so they are not in the list. */
const isReserved = (name: string): boolean => /\.(localhost|test)$/.test(name)

/** The first of these names that some of the others are, or are among, or that are among it; null: none. */
export const overlapOf = (names: readonly string[], others: readonly string[]) => {
  for (const name of names) {
    const other = others.find(one => one === name || isAmong(one, name) || isAmong(name, one))
    if (other !== undefined) return { name, other }
  }
  return null
}

/** Whether a wildcard means a name, or all that another wildcard means: nginx takes `*` for several labels, too. */
const isAmong = (name: string, wildcard: string): boolean =>
  wildcard.startsWith('*.') && name.endsWith(wildcard.slice(1))

/**
 * Reads names that are one each already, but may have been written by anybody.
 * @throws GatlingError DOMAINS_INVALID.
 */
export const parseNames = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap(name => parseDomains(name.replaceAll(/[\s,#]/g, '/')))),
]

/** Where an app without a `domains` file answers: every browser takes `*.localhost` for this machine (RFC 6761). */
export const defaultDomain = (project: string): string => `${project.replaceAll('_', '-')}.localhost`
