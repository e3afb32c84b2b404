import { error } from '../../core/error.js'
import { indent } from '../../core/error-text.js'

export const versionMissing = error(
  'VERSION_MISSING',
  'The package sources of the machine do not have a version of PostgreSQL.',
  (version: string) => ({
    message: `the package sources of this machine have no postgresql-${version}. Nothing was changed`,
    hint: `Upgrade the system to a release that has it, or add the sources of the PostgreSQL project as root: \`apt install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh\`.`,
  }),
)

export const versionNotNewer = error(
  'VERSION_NOT_NEWER',
  'A database cannot be upgraded to the named version.',
  (project: string, version: string, wanted: string) => ({
    message: `the database of ${project} runs PostgreSQL ${version}, and ${JSON.stringify(wanted)} is not a newer one. Nothing was changed`,
    hint: 'Name a newer major version, such as 17.',
    exitCode: 2,
  }),
)

export const upgradePending = error(
  'UPGRADE_PENDING',
  'The last upgrade of a database is not finished.',
  (project: string, label: string) => ({
    message: `the database from before the last upgrade of ${project}, ${label}, is still kept. Nothing was changed`,
    hint: `Give it up with \`gatling db upgrade ${project} --finish\`, or go back to it with \`--undo\`.`,
  }),
)

export const noUpgrade = error(
  'NO_UPGRADE',
  'There is no upgrade of a database to finish or to undo.',
  (project: string) => ({
    message: `the database of ${project} was not upgraded, or its upgrade is finished`,
    hint: `See its version with \`gatling db info ${project}\`, and its databases with \`gatling db backups ${project}\`.`,
  }),
)

export const extensionsMissing = error(
  'EXTENSIONS_MISSING',
  'A database uses extensions that the new version of PostgreSQL does not have.',
  (version: string, names: readonly string[]) => ({
    message: `PostgreSQL ${version} does not have these extensions, which the database uses: ${names.join(', ')}. Nothing was changed`,
    hint: `Install them for PostgreSQL ${version}, as root: \`apt search postgresql-${version}\` finds their packages. Or drop them from the database.`,
  }),
)

export const upgradeToolFailed = error(
  'UPGRADE_TOOL_FAILED',
  'pg_upgrade, which converts data to a new version of PostgreSQL, failed.',
  (said: readonly string[]) => ({
    message: `pg_upgrade failed:${indent(said)}`,
    hint: 'Fix what it names in the database.',
  }),
)

export const rehearsalDiffers = error(
  'REHEARSAL_DIFFERS',
  'In the rehearsal of an upgrade, the upgraded copy differs from the database.',
  (wrong: readonly string[]) => ({
    message: `the upgraded copy differs from the database:${indent(wrong.slice(0, 10))}`,
    hint: 'Look for errors of the disk with `dmesg`, and prove the backups with `gatling db verify`.',
  }),
)

export const upgradeFailed = error(
  'UPGRADE_FAILED',
  'The upgrade of a database to a newer version of PostgreSQL failed, and undid its changes.',
  (version: string, project: string, action: string, reason: string, kept: string) => ({
    message: `the upgrade of the database of ${project} to PostgreSQL ${version} failed at ${action}: ${reason}. ${kept}`,
    hint: `Fix the cause, then run \`gatling db upgrade ${project} ${version}\` again.`,
  }),
)
