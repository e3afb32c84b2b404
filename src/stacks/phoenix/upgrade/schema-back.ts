import type { Env, Migration } from '../../../core/env.js'
import { failureOf } from '../../../core/failure.js'
import type { Runtime } from '../../../core/runtime.js'
import { restoreMigrations, rollBackMigrations } from '../commands/schema.js'
import {
  ask,
  change,
  filesAround,
  filesOf,
  isUnknown,
  linesOf,
  newRelease,
  oldRelease,
  statesOf,
} from './database.js'
import { isSame, label, type MigrationFile, names, type ReportedMigration, without } from './migrations.js'
import { wayBack } from './restore-point.js'
import {
  restoredUnfit,
  rollbackAhead,
  rollbackLost,
  rollbackSchema,
  schemaRollbackFailed,
} from './schema-errors.js'

type Around = Awaited<ReturnType<typeof filesAround>>

/**
 * Refuses a rollback whose code and schema do not fit together, unless an option says what to do with the schema.
 * @returns the migrations to roll back.
 * @throws GatlingError ROLLBACK_AHEAD, ROLLBACK_SCHEMA, ROLLBACK_LOST, RESTORED_UNFIT or SCHEMA_UNKNOWN.
 */
export const checkSchema = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  if (env.schema_options.back === 'restored') return refuseUnfit(env, runtime)
  const around = await filesAround(env, runtime)
  await refuseAhead(around, env, runtime)
  const migrations = await toRollBack(around, env, runtime)
  return { migrations: migrations.map(({ repo, version, name }) => ({ repo, version, name })) }
}

/** Refuses a restored database that does not have exactly the schema of the release. */
const refuseUnfit = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const files = await filesOf(env.upgrade_dir, runtime)
  if (files.length === 0) return {}
  const told = await ask(env, newRelease, runtime)
  const lacking = told.filter(({ up }) => !up)
  const more = without(
    told.filter(({ up }) => up),
    files,
  )
  if (lacking.length + more.length > 0) throw restoredUnfit(env, names(lacking), names(more))
  runtime.note(`the restored database has the schema of release ${env.release}`)
  return {}
}

/** Refuses a release whose migrations are not up, because a rollback runs none. */
const refuseAhead = async ({ before, after }: Around, env: Env, runtime: Runtime): Promise<void> => {
  const ahead = without(after, before)
  if (ahead.length === 0) return
  if (env.schema_options.back === 'keep')
    return runtime.note(
      `the schema stays as it is; release ${env.release} brings ${names(ahead).join(', ')}, which the database may lack`,
    )
  const pending = (await ask(env, newRelease, runtime)).filter(({ up }) => !up)
  const lacking = ahead.filter(one => pending.some(other => isSame(one, other)))
  if (lacking.length > 0) throw rollbackAhead(env, names(lacking))
  runtime.note(
    `the database already has the migrations of release ${env.release}: ${names(ahead).join(', ')}`,
  )
}

const toRollBack = async (
  { before, after, known }: Around,
  env: Env,
  runtime: Runtime,
): Promise<readonly ReportedMigration[]> => {
  const nothing = (why: string): readonly ReportedMigration[] => {
    runtime.note(why)
    return []
  }
  const missing = without(known, after)
  if (missing.length === 0)
    return nothing('nothing to do: this release has every migration of every other release')
  const { back } = env.schema_options
  if (back === 'keep')
    return nothing(
      `the schema stays as it is; release ${env.release} does not have ${names(missing).join(', ')}`,
    )
  const up = await upOf(missing, env, runtime).catch((error: unknown) => {
    // If the two releases have the same migrations, a silent database must not prevent the rollback.
    if (without(before, after).length > 0 || !isUnknown(error)) throw error
    return nothing(error.message)
  })
  if (up.length === 0) return nothing(`nothing to do: the database has none of ${names(missing).join(', ')}`)
  if (back === 'refuse') throw rollbackSchema(env, names(up), await wayBack(up, env, runtime))
  const lost = without(up, before)
  if (lost.length > 0) throw rollbackLost(env, names(lost), await wayBack(up, env, runtime))
  for (const one of up) runtime.note(`will be rolled back: ${label(one)}`)
  return up
}

/**
 * Returns those of the given migrations that are up, newest first. Ecto does not know the name of a migration whose
 * file is missing from the live release.
 */
const upOf = async (
  these: readonly MigrationFile[],
  env: Env,
  runtime: Runtime,
): Promise<readonly ReportedMigration[]> =>
  (await ask(env, oldRelease, runtime))
    .flatMap(one => {
      const known = these.find(other => isSame(one, other))
      return one.up && known ? [{ ...one, name: known.name }] : []
    })
    .reverse()

/**
 * Rolls back the migrations that the older release does not have, newest first. The live release does the work.
 * @returns when the schema changed.
 * @throws GatlingError SCHEMA_ROLLBACK_FAILED. `restoreSchema` then runs the migrations again.
 */
export const rollBackSchema = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const { migrations: wanted } = env
  if (wanted.length === 0) {
    runtime.note('nothing to do')
    return {}
  }
  const { timeout } = env.schema_options
  const { failure, facts, since } = await change(
    {
      wanted,
      to: 'down',
      release: oldRelease,
      command: speaker => rollBackMigrations(speaker, wanted, timeout),
    },
    env,
    runtime,
  )
  if (failure !== null)
    throw schemaRollbackFailed(env, facts, linesOf(failure), await wayBack(wanted, env, runtime))
  runtime.note('done')
  return { schema_changed_at: since }
}

/** Runs the migrations of a failed rollback again, because the version that stays live needs them. */
export const restoreSchema = async (env: Env, runtime: Runtime): Promise<void> => {
  if (env.migrations.length === 0) return
  const states = await statesOf(env, oldRelease, runtime)
  const isDown = ({ repo, version }: Migration): boolean =>
    states?.some(one => one.repo === repo && one.version === version && !one.up) ?? true
  const down = env.migrations.filter(isDown).reverse()
  if (down.length === 0) return
  const { timeout } = env.schema_options
  const failure = await failureOf(
    oldRelease(env, runtime).then(speaker => runtime.host.run(restoreMigrations(speaker, down, timeout))),
  )
  const what = names(down).join(', ')
  runtime.note(
    failure === null
      ? `ran again for release ${env.live?.release}, which still serves: ${what}. Data that their rollback deleted stays deleted`
      : `warning: these stay rolled back, although release ${env.live?.release} needs them: ${what}\n${linesOf(failure).join('\n')}`,
  )
}
