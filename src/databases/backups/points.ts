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

/** How many points are kept at most: an app's own user asks for them. */
const mostPoints = 30

/**
 * Marks this moment in the WAL of the database that a release uses. It does not wait for a running promotion: the deploy
 * of that may be the one that asks.
 * @returns false: that is not a database of Gatling's.
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

/** Writes a named record into the WAL, which a replay can stop at. @returns its position. @throws GatlingError SQL_FAILED. */
export const markIn = async (cluster: Cluster, name: string): Promise<string> => {
  const [row] = await runSql(cluster, `SELECT pg_create_restore_point('${name}')`, 'postgres')
  return row?.[0] ?? ''
}

/** A promoted database has no backup of its own until one is made; a copy that does not serve gets none. */
const isBackedUp = (known: Backups, { label }: Copy): boolean =>
  servingOf(known)?.label === label && hasOwnBackup(known)

/** The same with one more. An earlier try of that release that ran no migration is no other moment. */
export const withPoint = (points: readonly Point[], point: Point): Point[] => {
  const isSame = (other: Point): boolean =>
    other.release === point.release &&
    other.of === point.of &&
    other.migrations.every(one => point.migrations.includes(one))
  return [...points.filter(other => !isSame(other)), point].slice(-mostPoints)
}

/** Lists the points of the database that serves, for a deploy. null: the app has no database that Gatling backs up. */
export const pointsOf: RestorePoints['list'] = async project => {
  const known = readBackups(project)
  const serving = known && servingOf(known)
  if (!known || !serving) return null
  const points = known.points.filter(({ of }) => of === serving.label)
  return { points: points.map(toDeploy), next: nextLabel(known) }
}

const toDeploy = ({ release, migrations }: Point): RestorePoint => ({ release, migrations })

/**
 * The point before a release: its first, as a retry that finds some of its migrations up marks a later one; of the database
 * that serves, if that has one.
 */
export const pointOf = (
  known: { readonly points: readonly Point[]; readonly copies: Backups['copies'] },
  release: number,
): Point | null => {
  const those = known.points.filter(point => point.release === release)
  return those.find(({ of }) => of === servingOf(known)?.label) ?? those[0] ?? null
}

/**
 * Finds what a point is restored from: by the position in the WAL, as the clock can have been set since.
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

/** PostgreSQL writes a position as two numbers of 32 bits (pg_lsn). */
const bytesOf = (lsn: string): bigint => {
  const [high = '', low = ''] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** Those that a backup can still bring back. @param backups those of all databases of the app. */
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
