import type { Env } from '../../../core/env.js'
import { failureOf } from '../../../core/failure.js'
import type { Runtime } from '../../../core/runtime.js'
import { runMigrations } from '../commands/schema.js'
import { ask, change, filesOf, linesOf, newRelease } from './database.js'
import { label, names, type ReportedMigration } from './migrations.js'
import { markPoint, tellPoint, tellWayBack } from './restore-point.js'
import { schemaMigrationFailed, schemaMigrationLate } from './schema-errors.js'

/**
 * Runs the pending migrations from the new release, or only lists them.
 * @returns the migrations that ran, and when they began.
 * @throws GatlingError SCHEMA_UNKNOWN, SCHEMA_MIGRATION_FAILED or SCHEMA_MIGRATION_LATE. Committed migrations stay.
 */
export const migrate = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const { migrate: when, timeout } = env.schema_options
  if (when === 'off') return listPending(env, runtime)
  const pending = await tellPending(env, runtime)
  if (pending.length === 0) {
    runtime.note('nothing to do: no migration is pending')
    return {}
  }
  await markPoint(pending, env, runtime)
  const { failure, done, facts, since } = await change(
    {
      wanted: pending,
      to: 'up',
      release: newRelease,
      command: speaker => runMigrations(speaker, timeout),
    },
    env,
    runtime,
  )
  if (failure?.code === 'CANCELLED') await tellWhatStays({ ...env, migrations: done }, runtime)
  if (failure?.code === 'COMMAND_LATE') throw schemaMigrationLate(facts, timeout / 1_000)
  if (failure !== null) throw schemaMigrationFailed(facts, linesOf(failure))
  if (facts.next) runtime.note(`the app's own migrate/0 left ${facts.next} pending`)
  else runtime.note('done: no migration is pending any longer')
  return { migrations: done, schema_changed_at: since }
}

/**
 * Lists the pending migrations, for a plan and for `migrate = "off"`. A database that does not answer is only a note.
 */
export const listPending = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const failure = await failureOf(
    tellPending(env, runtime).then(async pending => {
      if (pending.length > 0 && env.schema_options.migrate !== 'off') await tellPoint(env, runtime)
    }),
  )
  if (failure !== null) runtime.note(failure.message)
  return {}
}

/** Tells the user which migrations a failed deploy leaves. */
export const tellWhatStays = async (env: Env, runtime: Runtime): Promise<void> => {
  const { migrations } = env
  if (migrations.length === 0) return
  runtime.note(`the schema stays as migrated: ${names(migrations).join(', ')}`)
  await tellWayBack(migrations, env, runtime)
}

/** Tells the user which migrations are pending, one line each. An app without migrations needs no VM for that. */
const tellPending = async (env: Env, runtime: Runtime): Promise<readonly ReportedMigration[]> => {
  if ((await filesOf(env.upgrade_dir, runtime)).length === 0) return []
  const pending = (await ask(env, newRelease, runtime)).filter(({ up }) => !up)
  for (const one of pending) runtime.note(`pending: ${label(one)}`)
  warn(pending, env, runtime)
  return pending
}

/**
 * Warns about migrations that break the old version, which serves until the switch. With `migrate = "after"` it no
 * longer serves by then.
 */
const warn = (
  pending: readonly ReportedMigration[],
  { live, schema_options }: Env,
  { note }: Runtime,
): void => {
  if (live === null || schema_options.migrate !== 'auto') return
  for (const one of pending) {
    if (one.breaks.length > 0) note(`warning: ${label(one)} ${one.breaks.join('; it ')}`)
    if (one.unclear.length > 0)
      note(`warning: Gatling cannot tell everything that ${label(one)} changes: ${one.unclear.join('; ')}`)
  }
  if (pending.some(({ breaks }) => breaks.length > 0))
    note(
      `release ${live.release} serves until the switch, and fails where it needs the old schema. Two pushes avoid that (docs/phoenix.md, Migrations)`,
    )
}
