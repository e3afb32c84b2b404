import { count } from '../core/count.js'
import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'
import type { Cluster } from '../state/database.js'

export const databaseDown = error(
  'DATABASE_DOWN',
  'The PostgreSQL of an app does not answer.',
  ({ version, name }: Pick<Cluster, 'version' | 'name'>, said: readonly string[]) => ({
    message: `PostgreSQL ${version} of ${name} does not answer:${indent(said.slice(-5))}`,
    hint: `As root, see why with \`journalctl -u postgresql@${version}-${name}\` and \`tail /var/log/postgresql/postgresql-${version}-${name}.log\`. Start it with \`systemctl restart postgresql@${version}-${name}\`.`,
  }),
)

export const sqlFailed = error(
  'SQL_FAILED',
  'PostgreSQL refused a statement that Gatling sent.',
  (said: readonly string[]) => ({
    message: `PostgreSQL refused a statement of Gatling's. It changed nothing and wrote:${indent(said.slice(-5))}`,
    hint: 'See what it says above. Then run the same command again.',
  }),
)

export const noDatabase = error(
  'NO_DATABASE',
  'An app has no database that Gatling made.',
  (project: string) => ({
    message: `${project} has no database of Gatling's`,
    hint: `Make one with \`gatling db create ${project}\`.`,
  }),
)

export const databaseUrlSet = error(
  'DATABASE_URL_SET',
  'An app has a DATABASE_URL already, which Gatling did not set.',
  (project: string) => ({
    message: `${project} has a DATABASE_URL already, so it uses a database elsewhere. Nothing was changed`,
    hint: `To keep that database, do nothing. To use a new, empty one instead, copy the data yourself: first \`gatling config unset ${project} DATABASE_URL\`, then \`gatling db create ${project}\`.`,
  }),
)

export const clusterTaken = error(
  'CLUSTER_TAKEN',
  'The machine has a PostgreSQL cluster with the name of the app, which Gatling did not make.',
  ({ version, name }: Pick<Cluster, 'version' | 'name'>) => ({
    message: `this machine has a PostgreSQL cluster ${version}/${name} already, which Gatling did not make. Nothing was changed`,
    hint: `To use it, set its address: \`gatling config set ${name} DATABASE_URL\`. If nobody needs it, remove it as root, with all its data: \`pg_dropcluster --stop ${version} ${name}\`.`,
  }),
)

export const databaseFailed = error(
  'DATABASE_FAILED',
  'A command that changes a database failed, and undid its changes.',
  (verb: string, project: string, action: string, reason: string, kept: string, more = '') => ({
    message: `${verb} of the database of ${project} failed at ${action}: ${reason}. ${kept}`,
    hint: `Fix the cause, then run \`gatling db ${`${verb} ${project} ${more}`.trim()}\` again.`,
  }),
)

export const cloneTaken = error(
  'CLONE_TAKEN',
  'The app that should get a copy of a database has a database already.',
  (project: string) => ({
    message: `${project} has a database already. Nothing was changed`,
    hint: 'To have it use the copy in its place, by a swap, add --replace. The database of now then stays beside it for 7 days.',
  }),
)

export const sanitizeFailed = error(
  'SANITIZE_FAILED',
  'The SQL that should change a copy of a database failed.',
  (said: readonly string[]) => ({
    message: `the SQL of --sanitize failed, and PostgreSQL wrote:${indent(said)}`,
    hint: 'Fix the file.',
  }),
)

export const swapFailed = error(
  'SWAP_FAILED',
  'The deploy with which an app should get another database or password failed.',
  (project: string) => ({
    message: `the deploy with which ${project} should get it failed`,
    hint: `Its reason is above, and in \`gatling history ${project}\`.`,
  }),
)

export const databaseUsed = error(
  'DATABASE_USED',
  'Something is connected to the database that a command should destroy.',
  (project: string, connections: number) => ({
    message: `the database of ${project} is in use by ${count(connections, 'connection')}. Nothing was changed`,
    hint: `Run \`gatling unload ${project}\` first, or stop the app. To destroy it under the app that runs, add --in-use.`,
  }),
)
