import * as postgres from '../commands/postgres.js'
import type { EventBody } from '../core/event.js'
import { userOf } from '../state/server.js'
import { settle } from './alone.js'
import { openCopy } from './backups/make-copy.js'
import { runClient } from './client.js'
import { databaseName, socketOf } from './cluster.js'
import { noDatabase } from './errors.js'
import { databaseOf } from './lookup.js'
import { readLogin } from './url.js'

/** psql refuses a password file that a group can read, and systemd's can be such a file. */
const copied = 'umask 077 && cat "$1" >/tmp/passwords && shift && exec "$@"'

/**
 * Opens psql in the database of an app, with the rights of the app.
 * @param on the label of a database beside it.
 * @returns its exit code.
 * @throws GatlingError NO_DATABASE or COPY_UNFINISHED.
 */
export const openPsql = async (
  project: string,
  attached: 'pipe' | 'terminal',
  on: string | undefined,
  emit: (event: EventBody) => void,
): Promise<number> => {
  await settle(project, emit)
  const database = databaseOf(project)
  const cluster = on === undefined ? database.cluster : await openCopy(database, on)
  const found = readLogin(project)
  if (found === null) throw noDatabase(project)
  const { argv } = postgres.psql(socketOf(cluster), databaseName, found.login, project, attached === 'pipe')
  return runClient({ ...inPsql(project), attached, secret: passwordsOf(found), argv })
}

/** Returns the environment and the limits of every psql. */
export const inPsql = (project: string) =>
  ({
    project,
    what: 'psql',
    memory: '1G',
    reach: [`SupplementaryGroups=${userOf(project)}`, 'PrivateNetwork=yes'],
    environment: { PGPASSFILE: '/tmp/passwords', PSQL_HISTORY: '/dev/null' },
    begin: copied,
  }) as const

/** Writes the text of PGPASSFILE, for every database. */
export const passwordsOf = ({
  login,
  password,
}: {
  readonly login: string
  readonly password: string
}): string => `*:*:*:${login}:${password}\n`
