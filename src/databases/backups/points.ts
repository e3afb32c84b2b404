import { randomBytes } from 'node:crypto'
import type { RestorePoint, RestorePoints } from '../../core/restore-points.js'
import { type Backups, type Copy, changeBackups, type Point, readBackups } from '../../state/backups.js'
import { type Cluster, readDatabase } from '../../state/database.js'
import { runSql } from '../cluster.js'
import { loginIn, urlFor } from '../url.js'
import { type Choice, isLost, type Loss } from './choose.js'
import { hasOwnBackup, nextLabel, servingOf } from './copies.js'
import { noRestorePoint } from './errors.js'
import type { Backup } from './repository.js'

/** How many points are kept at most, because an app's own user can ask for them. */
const mostPoints = 30

/**
 * Marks this moment in the WAL of the database that a release uses. It does not wait for a running promotion, because
 * the deploy of that promotion can be the caller.
 * @returns false: Gatling did not make that database.
 * @throws GatlingError NO_RESTORE_POINT, DATABASE_DOWN or SQL_FAILED.
 */
export const markPoint = async (
  project: string,
  release: number,
  migrations: readonly string[],
): Promise<boolean> => {
  const database = readDatabase(project)
  const url = urlFor(project, release)
  const known = readBackups(project)
  const copy = known?.copies.find(({ cluster }) => loginIn(url, { cluster }) !== null)
  if (!database || (!copy && loginIn(url, database) === null)) return false
  if (!known || !copy || !isBackedUp(known, copy)) throw noRestorePoint(project)
  const at = new Date().toISOString()
  // A replay stops at the first point of a name.
  const name = `gatling-${release}-${randomBytes(6).toString('hex')}`
  const lsn = await markIn(copy.cluster, name)
  const point = { release, name, lsn, at, of: copy.label, migrations: [...migrations] }
  await changeBackups(project, now => ({ ...now, points: withPoint(now.points, point) }))
  return true
}

/**
 * Writes a named record into the WAL, at which a replay can stop.
 * @returns its position.
 * @throws GatlingError SQL_FAILED.
 */
export const markIn = async (cluster: Cluster, name: string): Promise<string> => {
  const [row] = await runSql(cluster, `SELECT pg_create_restore_point('${name}')`, 'postgres')
  return row?.[0] ?? ''
}

/**
 * Tells whether a copy has backups. A promoted database has none until the first is made; a copy that is not live gets
 * none.
 */
const isBackedUp = (known: Backups, { label }: Copy): boolean =>
  servingOf(known)?.label === label && hasOwnBackup(known)

/** Adds a point. It replaces that of an earlier try of the same release that ran no other migrations. */
export const withPoint = (points: readonly Point[], point: Point): Point[] => {
  const isSame = (other: Point): boolean =>
    other.release === point.release &&
    other.of === point.of &&
    other.migrations.every(one => point.migrations.includes(one))
  return [...points.filter(other => !isSame(other)), point].slice(-mostPoints)
}

/** Lists the points of the live database, for a deploy; null: the app has no database that Gatling backs up. */
export const pointsOf: RestorePoints['list'] = async project => {
  const known = readBackups(project)
  const serving = known && servingOf(known)
  if (!known || !serving) return null
  const points = known.points.filter(({ of }) => of === serving.label)
  return { points: points.map(toDeploy), next: nextLabel(known) }
}

const toDeploy = ({ release, migrations }: Point): RestorePoint => ({ release, migrations })

/**
 * Returns the point before a release. It prefers the live database, and there the first point: a retry after some of
 * the migrations marks a later one.
 */
export const pointOf = (
  known: { readonly points: readonly Point[]; readonly copies: Backups['copies'] },
  release: number,
): Point | null => {
  const those = known.points.filter(point => point.release === release)
  return those.find(({ of }) => of === servingOf(known)?.label) ?? those[0] ?? null
}

/**
 * Chooses the backup for a point by its position in the WAL, because the clock can have been changed since.
 * @param backups those of its database, oldest first.
 */
export const choosePoint = (
  { at, lsn, name }: Pick<Point, 'at' | 'lsn' | 'name'>,
  backups: readonly Backup[],
  losses: readonly Loss[],
): Choice => {
  const isBefore = ({ endLsn }: Backup): boolean => endLsn !== null && bytesOf(endLsn) <= bytesOf(lsn)
  const backup = backups.filter(one => !one.damaged && isBefore(one)).at(-1)
  if (!backup) return { refused: 'too-early' }
  return isLost(backup, new Date(at), losses)
    ? { refused: 'lost' }
    : { backup, target: { type: 'name', at: name } }
}

/** Reads a position, which PostgreSQL writes as two numbers of 32 bits (pg_lsn). */
const bytesOf = (lsn: string): bigint => {
  const [high = '', low = ''] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** Returns the points that a backup can still restore. @param backups those of all databases of the app. */
export const restorable = (
  { points, copies }: Pick<Backups, 'points' | 'copies'>,
  backups: readonly Backup[],
  losses: readonly Loss[],
): Point[] =>
  points.filter(point => {
    const name = copies.find(({ label }) => label === point.of)?.cluster.name
    return (
      'backup' in
      choosePoint(
        point,
        backups.filter(({ stanza }) => stanza === name),
        losses,
      )
    )
  })
