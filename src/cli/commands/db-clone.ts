import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { readApp } from '../../state/apps.js'
import { projectUnknown } from '../../state/errors.js'
import { isMade } from '../../state/registered.js'
import { serverPaths } from '../../state/server.js'
import { fileUnread, usage } from '../errors.js'
import { projectOfDatabase, show } from '../on-server.js'
import { print } from '../output.js'

/** Copies a database to another app. */
export const clone = async (
  source: string,
  target: string,
  options: { sanitize?: string; replace?: boolean },
): Promise<void> => {
  const [from, to] = [projectOfDatabase(source, 'clone'), projectOfDatabase(target, 'clone')]
  if (from === to) throw usage(`${from} cannot get a clone of its own database`, 'Name another app.')
  const sql = options.sanitize === undefined ? null : await sqlIn(options.sanitize)
  const { createForValues } = await import('../../server/first-values.js')
  await createForValues(to, process.env['GATLING_USER'])
  if (!isMade(to)) throw projectUnknown(to, undefined, [])
  const { cloneDatabase } = await import('../../databases/clone.js')
  const before = await cloneDatabase({ from, to, sql, replace: options.replace ?? false }, show)
  print(
    before === null
      ? `${to} has a copy of the database of ${from}, and DATABASE_URL is set.`
      : `${to} uses a copy of the database of ${from}. ${before}, which it used before, stays for 7 days.`,
  )
  const { backUp } = await import('../../databases/backups/backup.js')
  await backUp(to, false, show)
  const { live } = readApp(serverPaths.home, to)
  if (before !== null && live !== null) return print(`Go back:  gatling db promote ${to} ${before}`)
  print(live === null ? 'The first push uses it.' : `The next push uses it, or now: gatling redeploy ${to}`)
}

/**
 * Reads a script. The holder of a key cannot name a file of the server, so over ssh the script comes on standard input.
 * @throws GatlingError USAGE.
 */
const sqlIn = async (path: string): Promise<string> => {
  if (path === '-') return text(process.stdin)
  if (process.env['GATLING_USER'] !== undefined)
    throw usage(
      'over ssh, --sanitize reads only standard input',
      'Write --sanitize - and send the file there: < clean.sql.',
    )
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw fileUnread(path)
  }
}
