import { error } from '../../core/error.js'
import { indent } from '../../core/error-text.js'

export const databaseAsRoot = error(
  'DATABASE_AS_ROOT',
  'Root asks for a database in embedded mode, and PostgreSQL refuses to run as root.',
  () => ({
    message:
      'in embedded mode everything runs as you, and PostgreSQL refuses to run as root. Nothing was changed',
    hint: 'Run `gatling serve` and this command as another user, or make this machine a server with `gatling setup`.',
  }),
)

export const postgresMissing = error(
  'POSTGRES_MISSING',
  'Embedded mode finds no PostgreSQL, or not the version of a database.',
  (version: string | null) => ({
    message: `PostgreSQL${version === null ? '' : ` ${version}`} is not installed on this machine. Nothing was changed`,
    hint: `Install it, then run the same command again. On Debian and Ubuntu: \`sudo apt install postgresql${version === null ? '' : `-${version}`}\`.`,
  }),
)

export const embeddedDown = error(
  'EMBEDDED_DATABASE_DOWN',
  'The PostgreSQL of an app in embedded mode does not start.',
  (project: string, log: string, said: readonly string[]) => ({
    message: `the PostgreSQL of ${project} did not start:${indent(said.slice(-5))}`,
    hint: `See its log, ${log}. Then run the same command again.`,
  }),
)

export const serverOnly = error(
  'DATABASE_SERVER_ONLY',
  'A command for databases is for a server, and this is embedded mode.',
  (verb: string) => ({
    message: `\`gatling db ${verb}\` is for a server, and this machine is not set up as one`,
    hint: 'In embedded mode these work: gatling db create, psql, backup, backups, restore, promote and destroy.',
  }),
)
