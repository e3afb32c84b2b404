export interface ForeignSite {
  readonly path: string
  /** The names as nginx has them, but `.x.y` as the two names that it means. */
  readonly names: readonly string[]
}

/**
 * Finds the names that nginx answers to on these ports because of files that are not Gatling's.
 * @param dump what `nginx -T` prints: every file that it reads, under its path.
 */
export const foreignSites = (
  dump: string,
  isOurs: (path: string) => boolean,
  ports: readonly number[],
): readonly ForeignSite[] =>
  dump
    .split(/^# configuration file (?=\/)/m)
    .slice(1)
    .flatMap(section => {
      const path = section.slice(0, section.indexOf(':\n'))
      const text = section.replace(/(^|\s)#.*$/gm, '')
      return !isOurs(path) && portsIn(text).some(port => ports.includes(port))
        ? [{ path, names: namesIn(text) }]
        : []
    })

/** Returns the ports in a text. Without a port, or without `listen`, it is 80 (ngx_http_core_module). */
const portsIn = (text: string): number[] => {
  const addresses = [...text.matchAll(/(?:^|[\s;{}])listen\s+([^\s;]+)/g)].map(([, address]) => address ?? '')
  const ports = addresses
    .filter(address => !address.startsWith('unix:'))
    .map(address => Number(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? 80))
  return addresses.length === 0 ? [80] : ports
}

const namesIn = (text: string): string[] =>
  [...text.matchAll(/(?:^|[\s;{}])server_name\s+([^;]+);/g)]
    .flatMap(([, names]) => (names ?? '').toLowerCase().split(/\s+/))
    .map(name => name.replaceAll(/^["']|["']$/g, ''))
    .flatMap(name => (name.startsWith('.') ? [name.slice(1), `*${name}`] : [name]))
