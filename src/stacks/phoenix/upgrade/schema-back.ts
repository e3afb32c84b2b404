import type { Env, Migration, Way } from '../../../core/env.js'
import { failureOf } from '../../../core/failure.js'
import type { Runtime } from '../../../core/runtime.js'
import { restoreMigrations, rollBackMigrations } from '../commands/schema.js'
import { ask, change, filesOf, linesOf, newRelease, oldRelease, statesOf } from './database.js'
import { label, names, without } from './migrations.js'
import { wayBack } from './restore-point.js'
import { restoredUnfit, schemaRollbackFailed } from './schema-errors.js'
import { type Gap, gapOf, refusalOf } from './schema-way.js'

/**
 * Refuses a rollback whose code and schema do not fit together, unless an option says what to do with the schema.
 * @returns the migrations to roll back.
 * @throws GatlingError ROLLBACK_AHEAD, ROLLBACK_SCHEMA, ROLLBACK_LOST, RESTORED_UNFIT or SCHEMA_UNKNOWN.
 */
export const checkSchema = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  if (env.schema_options.back === 'restored') return refuseUnfit(env, runtime)
  const gap = await gapOf(env, runtime, env.schema_options.back !== 'keep')
  const refusal = await refusalOf(gap, env, runtime)
  if (refusal !== null) throw refusal
  for (const text of notesOn(gap, env)) runtime.note(text)
  return { migrations: gap.up.map(({ repo, version, name }) => ({ repo, version, name })) }
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

/** Tells what happens to the schema if nothing is refused. */
const notesOn = (
  { ahead, missing, up, unknown }: Gap,
  { release, schema_options }: Way,
): readonly string[] => {
  const isKept = schema_options.back === 'keep'
  const brings = names(ahead).join(', ')
  const lacks = names(missing).join(', ')
  const onAhead = isKept
    ? `the schema stays as it is; release ${release} brings ${brings}, which the database may lack`
    : `the database already has the migrations of release ${release}: ${brings}`
  const onMissing = (): readonly string[] => {
    if (missing.length === 0)
      return ['nothing to do: this release has every migration of every other release']
    if (isKept) return [`the schema stays as it is; release ${release} does not have ${lacks}`]
    if (unknown !== null) return [unknown.message]
    if (up.length === 0) return [`nothing to do: the database has none of ${lacks}`]
    return up.map(one => `will be rolled back: ${label(one)}`)
  }
  return [...(ahead.length === 0 ? [] : [onAhead]), ...onMissing()]
}

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
