import type { Way } from '../../../core/env.js'
import type { GatlingError } from '../../../core/error.js'
import type { Runtime } from '../../../core/runtime.js'
import { ask, filesAround, isUnknown, newRelease, oldRelease } from './database.js'
import { isSame, type MigrationFile, names, type ReportedMigration, without } from './migrations.js'
import { wayBack } from './restore-point.js'
import { rollbackAhead, rollbackLost, rollbackSchema } from './schema-errors.js'

/** The differences between the schema and the target of a rollback. */
export interface Gap {
  /** Migrations that the target has and the live release does not; and those of them that the database lacks. */
  readonly ahead: readonly MigrationFile[]
  readonly lacking: readonly MigrationFile[]
  /**
   * Migrations of any release here that the target does not have; and those of them that were applied, newest first.
   */
  readonly missing: readonly MigrationFile[]
  readonly up: readonly ReportedMigration[]
  /** Applied migrations that the live release does not have either, so nothing here can roll them back. */
  readonly lost: readonly ReportedMigration[]
  /** Why the applied migrations are unknown; null: they are known, or nobody asked. */
  readonly unknown: GatlingError | null
  /** Whether the two releases have the same migrations. */
  readonly isSame: boolean
}

/**
 * Finds the differences between the schema and the target of a rollback.
 * @param asks whether to ask the database for the applied migrations. Otherwise those lists are empty.
 */
export const gapOf = async (way: Way, runtime: Runtime, asks: boolean): Promise<Gap> => {
  const { before, after, known } = await filesAround(way, runtime)
  const ahead = without(after, before)
  const missing = without(known, after)
  const files = { ahead, missing, isSame: ahead.length + without(before, after).length === 0 }
  const unasked: Gap = { ...files, lacking: [], up: [], lost: [], unknown: null }
  if (!asks) return unasked
  try {
    const lacking = await lackingOf(ahead, way, runtime)
    const up = await upOf(missing, way, runtime)
    return { ...unasked, lacking, up, lost: without(up, before) }
  } catch (error) {
    if (!isUnknown(error)) throw error
    return { ...unasked, unknown: error }
  }
}

const lackingOf = async (
  ahead: readonly MigrationFile[],
  way: Way,
  runtime: Runtime,
): Promise<readonly MigrationFile[]> => {
  if (ahead.length === 0) return []
  const pending = (await ask(way, newRelease, runtime)).filter(({ up }) => !up)
  return ahead.filter(one => pending.some(other => isSame(one, other)))
}

/**
 * Returns which of the given migrations were applied, newest first. Ecto does not know the name of a migration whose
 * file is missing from the live release.
 */
const upOf = async (
  these: readonly MigrationFile[],
  way: Way,
  runtime: Runtime,
): Promise<readonly ReportedMigration[]> => {
  if (these.length === 0) return []
  return (await ask(way, oldRelease, runtime, these))
    .flatMap(one => {
      const known = these.find(other => isSame(one, other))
      return one.up && known ? [{ ...one, name: known.name }] : []
    })
    .reverse()
}

/**
 * Tells why a rollback is refused; null: it is not. A release whose migrations were not applied is refused, because a
 * rollback applies none.
 */
export const refusalOf = async (gap: Gap, way: Way, runtime: Runtime): Promise<GatlingError | null> => {
  const { lacking, up, lost, unknown } = gap
  const { back } = way.schema_options
  if (back === 'keep') return null
  // If the two releases have the same migrations, a silent database must not prevent the rollback.
  if (unknown !== null) return gap.isSame ? null : unknown
  if (lacking.length > 0) return rollbackAhead(way, names(lacking))
  if (up.length === 0) return null
  if (back === 'refuse') return rollbackSchema(way, names(up), await wayBack(up, way, runtime))
  return lost.length > 0 ? rollbackLost(way, names(lost), await wayBack(up, way, runtime)) : null
}
