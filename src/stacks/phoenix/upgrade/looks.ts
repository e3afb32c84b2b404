import type { Way } from '../../../core/env.js'
import { GatlingError } from '../../../core/error.js'
import type { Difference, Figure, Left, Looks, Outlook } from '../../../core/looks.js'
import { filesAround } from './database.js'
import { type MigrationFile, names, type ReportedMigration, without } from './migrations.js'
import { changeOf, foreseePlan } from './plan.js'
import { pointOf } from './restore-point.js'
import type { PhoenixRuntime } from './runtime.js'
import { gapOf, refusalOf } from './schema-way.js'

const back = async (way: Way, runtime: PhoenixRuntime): Promise<Outlook> => {
  const [planned, gap] = await Promise.all([planOf(way, runtime), gapOf(way, runtime, true)])
  const refusal = await refusalOf(gap, way, runtime)
  return {
    plan: 'refusal' in planned ? null : planned,
    left: gap.up.map(one => leftOf(one, gap.lost)),
    lacking: names(gap.lacking),
    unknown: gap.unknown?.message ?? null,
    restore: await pointOf(gap.up, way, runtime),
    refusal: refusal ?? ('refusal' in planned ? planned.refusal : null),
  }
}

const planOf = async (way: Way, runtime: PhoenixRuntime) => {
  try {
    return await foreseePlan(way, runtime)
  } catch (error) {
    if (error instanceof GatlingError) return { refusal: error }
    throw error
  }
}

const leftOf = (one: ReportedMigration, lost: readonly MigrationFile[]): Left => {
  const { repo, version, name, stays, unclear } = one
  const known = { repo, version, name }
  if (without([one], lost).length === 0)
    return { ...known, reversible: false, why: 'its file is in neither release' }
  if (stays.length > 0) return { ...known, reversible: false, why: stays.join('; ') }
  return unclear.length > 0
    ? { ...known, reversible: null, why: unclear.join('; ') }
    : { ...known, reversible: true, why: null }
}

const between = async (way: Way, runtime: PhoenixRuntime): Promise<Difference> => {
  const [{ added, changed, removed, apps, static: files }, { before, after }] = await Promise.all([
    runtime.engine.prepare(changeOf(way)),
    filesAround(way, runtime),
  ])
  return {
    modules: { added, changed, removed },
    apps,
    files,
    migrations: { added: names(without(after, before)), removed: names(without(before, after)) },
  }
}

const figures = async ({ project, live }: Way, { engine }: PhoenixRuntime): Promise<readonly Figure[]> =>
  live === null ? [] : engine.figures({ project, slot: live.slot })

/** Looks at the releases of a Phoenix app, its database and its node. */
export const looks: Looks = { back, between, figures }
