import { error } from '../../../core/error.js'
import { indent, list } from '../../../core/error-text.js'
import { type Deploy, rollbackBut } from '../../../upgrade/ask-again.js'

/** The result of a run of migrations. */
interface Migrated {
  /** The migrations that are done, and stay. */
  readonly done: readonly string[]
  /** The first migration that is not done. */
  readonly next: string | undefined
  readonly total: number
  /** Whether the database confirmed this. */
  readonly known: boolean
}

const describeResult = ({ done, total, known }: Migrated, what: string): string => {
  if (!known)
    return `the database does not answer, so Gatling does not know nextName of the ${total} were ${what}`
  return done.length === 0
    ? `none of ${total} ${total === 1 ? 'was' : 'were'} ${what}`
    : `${done.length} of ${total} were ${what}${what === 'committed' ? ' and stay' : ''}: ${list(done)}`
}
const nextName = ({ next, known }: Migrated): string => {
  if (!known) return 'a migration'
  return next === undefined ? 'a step after the migrations' : `migration ${next}`
}

export const schemaUnknown = error(
  'SCHEMA_UNKNOWN',
  'The database did not say nextName migrations it has.',
  (deploy: Deploy, lines: readonly string[]) => ({
    message: `could not ask the database for its migrations:${indent(lines)}`,
    hint: `See that the database runs, and that DATABASE_URL is right. To go on without it: ${deploy.task === 'rollback' ? rollbackBut(deploy, 'keep') : 'migrate = "off" in gatling.toml'}.`,
    output: lines,
  }),
)

export const schemaMigrationFailed = error(
  'SCHEMA_MIGRATION_FAILED',
  'A migration failed; those before it stay.',
  (facts: Migrated, lines: readonly string[]) => ({
    message: `${nextName(facts)} failed; ${describeResult(facts, 'committed')}. It wrote:${indent(lines)}`,
    hint: 'Fix it, then push again. The next push runs only the migrations that are still pending.',
    output: lines,
  }),
)

export const schemaMigrationLate = error(
  'SCHEMA_MIGRATION_LATE',
  'Gatling stopped the migrations after migrate_timeout; those that were done stay.',
  (facts: Migrated, seconds: number) => ({
    message: `${nextName(facts)} was stopped after ${seconds} s; ${describeResult(facts, 'committed')}`,
    hint: 'See whether it waited for a lock, or give it more time in gatling.toml: migrate_timeout = "30m". The database may still work on its last statement.',
  }),
)

export const schemaRollbackFailed = error(
  'SCHEMA_ROLLBACK_FAILED',
  'A migration could not be rolled back; those before it were run again.',
  (deploy: Deploy, facts: Migrated, lines: readonly string[], way = '') => ({
    message: `${nextName(facts)} could not be rolled back; ${describeResult(facts, 'rolled back')}. It wrote:${indent(lines)}`,
    hint: `To go back and leave the schema as it is, run ${rollbackBut(deploy, 'keep')}.${way}`,
    output: lines,
  }),
)

export const rollbackSchema = error(
  'ROLLBACK_SCHEMA',
  'A rollback would leave migrations in the database that the older release does not have.',
  (deploy: Deploy, up: readonly string[], way = '') => ({
    message: `the database has migrations that release ${deploy.release} does not have:${indent(up)}`,
    hint: `To leave the schema as it is, run ${rollbackBut(deploy, 'keep')}. To roll the migrations back, too, run ${rollbackBut(deploy, 'down')}.${way}`,
  }),
)

export const rollbackAhead = error(
  'ROLLBACK_AHEAD',
  'A rollback would go to a release whose migrations the database does not have.',
  (deploy: Deploy, lacking: readonly string[]) => ({
    message: `the database lacks these migrations of release ${deploy.release}, and a rollback runs no migrations:${indent(lacking)}`,
    hint: `To run them, push ${deploy.revision.slice(0, 7)} again, or run \`gatling upgrade ${deploy.project}\` if the branch is there. To go back on the schema as it is, run ${rollbackBut(deploy, 'keep')}.`,
  }),
)

export const rollbackLost = error(
  'ROLLBACK_LOST',
  'Migrations that a rollback must undo are missing from the live release.',
  (deploy: Deploy, lost: readonly string[], way = '') => ({
    message: `some applied migrations are missing from both release ${deploy.release} and the live release, so they cannot be rolled back:${indent(lost)}`,
    hint: `Go to the release that brought them (\`gatling releases ${deploy.project}\`), then back from there. To leave the schema as it is, run ${rollbackBut(deploy, 'keep')}.${way}`,
  }),
)

export const restoredUnfit = error(
  'RESTORED_UNFIT',
  'A restored database does not have the schema of the release that should use it.',
  (deploy: Deploy, lacking: readonly string[], more: readonly string[]) => ({
    message: `the restored database does not fit release ${deploy.release}.${lists('It lacks', lacking)}${lists('It also has', more)}`,
    hint: `Take another point or another release: \`gatling db backups ${deploy.project}\` lists the points.`,
  }),
)

const lists = (what: string, some: readonly string[]): string =>
  some.length === 0 ? '' : ` ${what}:${indent(some)}`
