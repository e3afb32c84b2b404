import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import type { AppFacts } from '../../../doctor/app/facts.js'
import { namesIn } from '../../../doctor/app-files.js'
import { type Answer, ok, problem, type Said, warning } from '../../../doctor/finding.js'
import { addressesOf, isReached } from '../../../doctor/resolve.js'
import { readConfig } from '../../../state/config.js'
import { serverPaths } from '../../../state/server.js'

export const secretKeyBase = ({ project }: AppFacts): Answer => {
  const path = serverPaths.config(project)
  if (!existsSync(path))
    return problem(
      `its config values are gone: ${path}`,
      "Restore the file from a backup: the app's sessions depend on it.",
    )
  return secretFinding(project, readConfig(serverPaths.home, project).values['SECRET_KEY_BASE']?.value)
}

/**
 * The shortest key that Plug's sessions accept, in bytes. With a shorter key the app boots, and fails at the first
 * session.
 */
const leastSecret = 64

export const secretFinding = (project: string, value: string | undefined): Said => {
  const bytes = Buffer.byteLength(value ?? '')
  return bytes >= leastSecret
    ? ok('SECRET_KEY_BASE is long enough')
    : problem(
        `SECRET_KEY_BASE has ${bytes} bytes, and sessions need ${leastSecret}: pages with a session fail`,
        `gatling config unset ${project} SECRET_KEY_BASE makes a good one; then gatling redeploy ${project}. Everybody is logged out.`,
      )
}

export const database = async ({ project, root, live }: AppFacts): Promise<Answer> => {
  if (live === null || !Number.isSafeInteger(live.release)) return null
  const packages = namesIn(root, 'deploy', 'releases', String(live.release), 'lib').map(name =>
    name.replace(/-[^-]*$/, ''),
  )
  // A database in a file has no address.
  if (!packages.includes('ecto_sql') || packages.includes('ecto_sqlite3')) return null
  const url = readConfig(serverPaths.home, project).values['DATABASE_URL']?.value
  if (url === undefined || url === '')
    return warning(
      'it uses Ecto, but DATABASE_URL is not set, so it must find its database in another way',
      `gatling db create ${project} makes one; for one elsewhere: gatling config set ${project} DATABASE_URL`,
    )
  const place = placeOf(url, packages)
  if (place === 'unreadable')
    return warning(
      'DATABASE_URL is not a URL that doctor can read',
      'Write it as ecto://user:password@localhost/name',
    )
  if (place === 'socket') return ok('DATABASE_URL names a unix socket')
  const { host, port } = place
  const addresses = isIP(host) ? [host] : await addressesOf(host)
  if (addresses.length === 0)
    return problem(
      `the host of its database, ${host}, has no address`,
      `gatling config set ${project} DATABASE_URL`,
    )
  const reached = await Promise.all(addresses.slice(0, 4).map(address => isReached(address, port)))
  return reached.includes(true)
    ? ok(`its database takes connections (${host}, port ${port})`)
    : problem(
        `nothing takes connections where its database should be (${host}, port ${port})`,
        'See that the database runs and listens there: for PostgreSQL here, systemctl status postgresql',
      )
}

const defaultPorts: readonly (readonly [string, number])[] = [
  ['myxql', 3306],
  ['tds', 1433],
  ['postgrex', 5432],
]

/** Reads where a database is from its URL. It keeps nothing else of the URL, which contains a password. */
export const placeOf = (
  url: string,
  packages: readonly string[],
): { readonly host: string; readonly port: number } | 'socket' | 'unreadable' => {
  // The host begins after the last @, because a password can contain characters that a strict parser refuses.
  const [, place = '', query = ''] =
    /^[a-z][a-z0-9+.-]*:\/\/(?:.*@)?([^/?#@]*)(?:\/[^?#]*)?(?:\?(.*))?$/i.exec(url) ?? []
  if (/(^|&)socket(_dir)?=/.test(query)) return 'socket'
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d+))?$/i.exec(place) ?? []
  const host = six ?? four
  if (host === undefined) return 'unreadable'
  const fallback = defaultPorts.find(([name]) => packages.includes(name))?.[1] ?? 5432
  const number = port === undefined ? fallback : Number(port)
  return number > 0 && number < 65_536 ? { host, port: number } : 'unreadable'
}
