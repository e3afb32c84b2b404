import { randomBytes } from 'node:crypto'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import { runAttached } from '../hosts/attached.js'
import { writeWhole } from '../hosts/files.js'
import { nodePlace } from '../runtimes/definitions.js'
import { serverPaths, userOf } from '../state/server.js'
import { sandbox } from '../templates/systemd.js'
import { openCopy } from './backups/make-copy.js'
import { databaseName, socketOf } from './cluster.js'
import { noDatabase } from './errors.js'
import { databaseOf } from './lookup.js'
import { readLogin } from './url.js'

/** What is not for who may only use the database: psql starts a shell with `\!`. */
const hidden = ['/var/lib/gatling', '/etc/gatling', '/etc/postgresql', '/var/log', '/run/gatling']

/** psql takes no file that a group could read, as systemd's may look. */
const copied = 'umask 077 && cat "$1" >/tmp/passwords && shift && exec "$@"'

/**
 * Opens psql in the database of an app, with what the app itself may do there. It runs as a user of its own, which can
 * reach the socket and nothing else.
 * @param on the label of a database beside it.
 * @returns its exit code.
 * @throws GatlingError NO_DATABASE or COPY_UNFINISHED.
 */
export const openPsql = async (
  project: string,
  attached: 'pipe' | 'terminal',
  on?: string,
): Promise<number> => {
  const database = databaseOf(project)
  const cluster = on === undefined ? database.cluster : await openCopy(database, on)
  const found = readLogin(project)
  if (found === null) throw noDatabase(project)
  const name = `gatling-psql-${project}-${randomBytes(4).toString('hex')}`
  // systemd hands it over and removes it: on a command line everybody could read it (systemd.exec(5), LoadCredential).
  const passwords = serverPaths.words(name)
  writeWhole(passwords, `*:*:*:${found.login}:${found.password}\n`)
  const psql = postgres.psql(socketOf(cluster), databaseName, found.login, project, attached === 'pipe')
  const { argv } = systemd.runIn({
    name,
    description: `gatling psql ${project}`,
    properties: [
      'Type=exec',
      ...sandbox(`psql-${project}`, nodePlace(project), ['/tmp'], [], { memory: '1G', cpu: null, tasks: 64 }),
      'DynamicUser=yes',
      `SupplementaryGroups=${userOf(project)}`,
      'PrivateNetwork=yes',
      `InaccessiblePaths=${hidden.map(path => `-${path}`).join(' ')}`,
      `LoadCredential=passwords:${passwords}`,
      `ExecStopPost=+/bin/rm -f ${passwords}`,
      'WorkingDirectory=/tmp',
    ],
    environment: {
      PGPASSFILE: '/tmp/passwords',
      PSQL_HISTORY: '/dev/null',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ...(attached === 'terminal' ? { TERM: process.env['TERM'] ?? 'xterm' } : {}),
    },
    attached,
    argv: ['sh', '-c', copied, 'sh', `/run/credentials/${name}.service/passwords`, ...psql.argv],
  })
  return runAttached(argv)
}
