import type { Env, Migration, Way } from '../../../core/env.js'
import { failureOf } from '../../../core/failure.js'
import { migrationKey, type RestorePoint } from '../../../core/restore-points.js'
import type { Runtime } from '../../../core/runtime.js'

/**
 * Marks a restore point before the first migration. If that fails, the deploy goes on, so that a fix can go out while
 * backups fail.
 */
export const markPoint = async (
  pending: readonly Migration[],
  { project, release }: Env,
  { points, note }: Runtime,
): Promise<void> => {
  let isMarked = false
  const failure = await failureOf(
    points.mark(project, release, pending.map(migrationKey)).then(marked => {
      isMarked = marked
    }),
  )
  if (failure !== null)
    note(
      `warning: no restore point, so the data from before these migrations cannot be restored: ${failure.message}`,
    )
  if (isMarked)
    note(`restore point: \`gatling db restore ${project} --before ${release}\` restores the data of now`)
}

/** Says in a plan that the deploy will mark a point. */
export const tellPoint = async ({ project }: Env, { points, note }: Runtime): Promise<void> => {
  if ((await points.list(project)) !== null) note('a deploy marks a restore point before it runs them')
}

/**
 * Returns the last point at which none of these migrations was up; null: none, or the target release was deployed after
 * it.
 */
export const pointBefore = (
  points: readonly RestorePoint[],
  up: readonly Migration[],
  release: number,
): RestorePoint | null => {
  const last = up.map(one =>
    points.map(({ migrations }) => migrations.includes(migrationKey(one))).lastIndexOf(true),
  )
  const point = points[Math.min(...last)]
  return point !== undefined && point.release > release ? point : null
}

/** Writes the two commands that take code and data back together; empty: there is no restore point. */
export const wayBack = async (up: readonly Migration[], env: Way, runtime: Runtime): Promise<string> => {
  const way = await pointOf(up, env, runtime)
  return way === null
    ? ''
    : ` To go back with the data of before release ${way.before}, run ${inWords(way)}. The database of now stays beside it.`
}

/** Tells the user how to restore the schema for the release that stays live, if there is a restore point. */
export const tellWayBack = async (up: readonly Migration[], env: Env, runtime: Runtime): Promise<void> => {
  const way = env.live && (await commandsTo(env.live.release, '', up, env, runtime))
  if (way) runtime.note(`to serve on the schema and the data of before, run ${inWords(way)}`)
}

/** Finds the point before these migrations, and the two commands that take code and data back to it; null: there is none. */
export const pointOf = (up: readonly Migration[], env: Way, runtime: Runtime): Promise<PointWay | null> =>
  commandsTo(env.release, ` --release ${env.release}`, up, env, runtime)

/** A restore point, and the commands that take an app back to it. */
interface PointWay {
  /** The release before whose migrations it was marked. */
  readonly before: number
  readonly commands: readonly [restore: string, promote: string]
}

const inWords = ({ commands: [restore, promote] }: PointWay): string => `\`${restore}\`, then \`${promote}\``

const commandsTo = async (
  release: number,
  option: string,
  up: readonly Migration[],
  { project }: Way,
  { points }: Runtime,
): Promise<PointWay | null> => {
  // The user must see why the deploy or rollback failed, not this failure.
  const known = await points.list(project).catch(() => null)
  const point = known && pointBefore(known.points, up, release)
  if (!known || !point) return null
  const restore = `gatling db restore ${project} --before ${point.release}`
  return {
    before: point.release,
    commands: [restore, `gatling db promote ${project} ${known.next}${option}`],
  }
}
