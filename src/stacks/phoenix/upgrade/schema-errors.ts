import { error } from '../../../core/error.js'
import { indent, list } from '../../../core/error-text.js'
import { type Deploy, rollbackBut } from '../../../upgrade/ask-again.js'

export const schemaUnknown = error(
  'SCHEMA_UNKNOWN',
  'A database could not be asked which migrations it has.',
  (deploy: Deploy, lines: readonly string[]) => ({
    message: `the database could not be asked for its migrations:${indent(lines)}`,
    hint: `See that it runs, and that DATABASE_URL is right. ${deploy.task === 'rollback' ? rollbackBut(deploy, 'keep') : 'migrate = "off" in gatling.toml'} does without.`,
  }),
)

export const schemaMigrationFailed = error(
  'SCHEMA_MIGRATION_FAILED',
  'A migration failed; those before it stay.',
  (facts: Migrated, lines: readonly string[]) => ({
    message: `${became(facts, 'committed')}; ${which(facts)} failed:${indent(lines)}`,
    hint: 'Correct it and push again: the next push goes on from there.',
  }),
)

export const schemaMigrationLate = error(
  'SCHEMA_MIGRATION_LATE',
  'The migrations took longer than migrate_timeout and were stopped; those that were done stay.',
  (facts: Migrated, seconds: number) => ({
    message: `${became(facts, 'committed')}; ${which(facts)} was stopped when ${seconds} s were over`,
    hint: 'See whether it waited for a lock, or give it time in gatling.toml: migrate_timeout = "30m". The database may still work on its last statement.',
  }),
)

export const schemaRollbackFailed = error(
  'SCHEMA_ROLLBACK_FAILED',
  'A migration could not be rolled back; those before it were run again.',
  (deploy: Deploy, facts: Migrated, lines: readonly string[]) => ({
    message: `${became(facts, 'rolled back')}; ${which(facts)} could not be rolled back:${indent(lines)}`,
    hint: `To go back and leave the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)

/** What became of some migrations. */
interface Migrated {
  /** Those that are done, and stay so. */
  readonly done: readonly string[]
  /** The first that is not. */
  readonly next: string | undefined
  readonly total: number
  /** Whether the database said so. */
  readonly known: boolean
}

const became = ({ done, total, known }: Migrated, what: string): string => {
  if (!known) return `which of the ${total} were ${what} cannot be told, for the database does not answer`
  return done.length === 0
    ? `none of ${total} ${total === 1 ? 'was' : 'were'} ${what}`
    : `${done.length} of ${total} were ${what}${what === 'committed' ? ' and stay' : ''}: ${list(done)}`
}

const which = ({ next, known }: Migrated): string =>
  known ? (next ?? 'what comes after them') : 'a migration'

export const rollbackSchema = error(
  'ROLLBACK_SCHEMA',
  'A rollback would leave migrations in the database that the older release does not have.',
  (deploy: Deploy, up: readonly string[]) => ({
    message: `the database has migrations that release ${deploy.release} does not:${indent(up)}`,
    hint: `Go back and leave the schema as it is, ${rollbackBut(deploy, 'keep')}, or roll them back, too: ${rollbackBut(deploy, 'down')}.`,
  }),
)

export const rollbackAhead = error(
  'ROLLBACK_AHEAD',
  'A rollback would go to a release whose migrations the database does not have.',
  (deploy: Deploy, lacking: readonly string[]) => ({
    message: `the database does not have these migrations of release ${deploy.release}, and a rollback runs none:${indent(lacking)}`,
    hint: `A deploy runs them: push ${deploy.revision.slice(0, 7)} again, or \`gatling upgrade ${deploy.project}\` where the branch is there. To go to it on the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)

export const rollbackLost = error(
  'ROLLBACK_LOST',
  'Migrations that would have to be rolled back are not in the release that serves.',
  (deploy: Deploy, lost: readonly string[]) => ({
    message: `migrations that release ${deploy.release} does not have are up, and cannot be rolled back from the release that serves, which does not have them either:${indent(lost)}`,
    hint: `Go to the release that brought them first (\`gatling releases ${deploy.project}\`), and from there back; or leave the schema as it is: ${rollbackBut(deploy, 'keep')}.`,
  }),
)
