import { domainsInvalid } from './errors.js'

const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?'
const hostName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*\\.?$`)

/**
 * Reads the `domains` file: host names separated by commas, spaces or lines; `#` begins a comment.
 * @throws GatlingError DOMAINS_INVALID, with each text that is not a host name.
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

/** Finds what is wrong with a name. An app cannot have a name that would get the requests of others. */
const wrongWith = (name: string): string[] => {
  if (name.length > 253 || !hostName.test(name)) return [name]
  const labels = name.replace(/\.$/, '').split('.')
  const last = labels.at(-1) ?? ''
  // A browser takes such a name for an address (WHATWG URL, "ends in a number").
  if (/^(\d+|0x[\da-f]*)$/.test(last)) return [`${name} (an address)`]
  if (!/[a-z]/.test(last)) return [name]
  return labels[0] === '*' && labels.length === 2 ? [`${name} (matches a whole top-level domain)`] : []
}

/**
 * Refuses public suffixes such as `com`, `co.uk` or `*.github.io`, under which many people register names
 * (publicsuffix.org).
 * @throws GatlingError DOMAINS_INVALID.
 */
export const refuseSuffixes = async (domains: readonly string[]): Promise<void> => {
  const listed = domains.filter(name => !isReserved(name))
  if (listed.length === 0) return
  // Reading the long list takes as long as starting the command.
  const { parse } = await import('tldts')
  const isSuffix = (name: string): boolean => {
    const { isIcann, isPrivate, domain } = parse(name, { allowPrivateDomains: true, validateHostname: false })
    return (isIcann === true || isPrivate === true) && domain === null
  }
  const wrong = listed.filter(name => isSuffix(name.replace(/^\*\./, '')))
  if (wrong.length > 0)
    throw domainsInvalid(wrong.map(name => `${name} (a public suffix: many people have names under it)`))
}

/** Tells whether nobody can register a name (RFC 6761, section 6.2 and 6.3). Such names are not in the list. */
const isReserved = (name: string): boolean => /\.(localhost|test)$/.test(name)

/** Finds the first name that equals, includes or belongs to one of the others; null: none. */
export const overlapOf = (names: readonly string[], others: readonly string[]) => {
  for (const name of names) {
    const other = others.find(one => one === name || isAmong(one, name) || isAmong(name, one))
    if (other !== undefined) return { name, other }
  }
  return null
}

/** Tells whether a wildcard includes a name or another wildcard. In nginx `*` can stand for several labels. */
const isAmong = (name: string, wildcard: string): boolean =>
  wildcard.startsWith('*.') && name.endsWith(wildcard.slice(1))

/**
 * Reads names that are already separate, but come from an untrusted source.
 * @throws GatlingError DOMAINS_INVALID.
 */
export const parseNames = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap(name => parseDomains(name.replaceAll(/[\s,#]/g, '/')))),
]

/**
 * Returns the name of an app without a `domains` file. Every browser takes `*.localhost` for its own machine (RFC
 * 6761).
 */
export const defaultDomain = (project: string): string => `${project.replaceAll('_', '-')}.localhost`
