import type { Backups } from '../../state/backups.js'
import type { Database } from '../../state/database.js'
import { readSqlite } from '../../state/sqlite.js'
import { runSql } from '../cluster.js'
import { liveRecords } from '../live.js'
import { sqliteFile } from '../sqlite/file.js'
import { storageTroubles, waitingFor } from '../storage/health.js'
import type { Loss } from './choose.js'
import { storageFor, storageOf } from './config.js'
import { hasOwnBackup, servingOf } from './copies.js'
import { lossesOf } from './tool.js'
import { backupEveryMs, day, inOneLine, type Trouble } from './trouble.js'

export interface BackupHealth {
  /** When the last good backup began, ISO 8601; null: there is none. */
  readonly backup_at: string | null
  /** When a restore was last proved; null: never. */
  readonly proved_at: string | null
  readonly troubles: readonly Trouble[]
}

/** The state of PostgreSQL's archiver (pg_stat_archiver). */
interface Archiver {
  readonly failing: boolean
  /** The time of its last success, as text. */
  readonly since: string
}

/**
 * Judges the backups of an app's database; null: it has no database, or one elsewhere.
 * @throws GatlingError STATE_BROKEN.
 */
export const backupHealth = async (project: string): Promise<BackupHealth | null> => {
  const { database, backups: known } = liveRecords(project)
  if (!database) return sqliteFile(project) === null ? null : fileHealth(project, new Date())
  const losses = known === null ? [] : lossesOf(project)
  const now = new Date()
  const here = judge(project, known, losses.filter(isEverywhere), await archiverOf(database), now)
  const storage = storageOf(project)
  if (!storage) return here
  const away = storageTroubles(project, storage, known?.storage ?? null, waitingFor(project), losses, now)
  return { ...here, troubles: [...here.troubles, ...away] }
}

/** Judges the backups of a SQLite file. It has no changes between backups that could wait or be lost. */
const fileHealth = (project: string, now: Date): BackupHealth => {
  const known = readSqlite(project)
  const here = judge(project, known, [], null, now)
  const storage = storageFor(known)
  if (!storage) return here
  const away = storageTroubles(project, storage, known?.storage ?? null, null, [], now)
  return { ...here, troubles: [...here.troubles, ...away] }
}

const isEverywhere = ({ place }: Loss): boolean => place === 'everywhere'

/** Reads the archiver's state; null: the cluster does not answer, which doctor reports elsewhere. */
const archiverOf = ({ cluster }: Database): Promise<Archiver | null> =>
  runSql(cluster, archiver, 'postgres').then(
    ([row]) => ({ failing: row?.[0] === 't', since: row?.[1] ?? '' }),
    () => null,
  )

const archiver = `SELECT coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
  coalesce(to_char(last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'it was made') FROM pg_stat_archiver`

const hourMs = 3_600_000
/** A week, the spread of the timer, and the rest of a day. */
const proofEveryMs = 8 * 24 * hourMs

/** The notes about the backups of a cluster or of a SQLite file. */
type Judged = Pick<Backups, 'last' | 'good_at' | 'proof' | 'proved'> & {
  readonly copies: readonly Pick<Backups['copies'][number], 'label' | 'made_at' | 'served'>[]
}

export const judge = (
  project: string,
  known: Judged | null,
  losses: readonly Loss[],
  archiver: Archiver | null,
  now: Date,
): BackupHealth => {
  const age = (at: string): number => now.getTime() - Date.parse(at)
  const begun = known?.copies[0]?.made_at ?? null
  const proved =
    Object.values(known?.proved ?? {})
      .sort()
      .at(-1) ?? null
  const since = (known && servingOf(known)?.served.at(-1)?.from) ?? null
  const { last = null, good_at = null, proof = null } = known ?? {}
  const lost = losses.filter(({ at }) => good_at === null || at > new Date(good_at)).at(-1)
  const again = `gatling db backup ${project}`
  const troubles: (Trouble | null)[] = [
    last?.trouble != null
      ? { text: `the last backup failed, ${day(last.at)}: ${inOneLine(last.trouble)}`, remedy: again }
      : good_at === null
        ? { text: 'the database has no backup', remedy: again }
        : null,
    // A promoted database has no backup until the first one is made.
    known !== null && good_at !== null && since !== null && !hasOwnBackup(known)
      ? { text: `the database that serves since ${day(since)} has no backup`, remedy: again }
      : null,
    good_at !== null && age(good_at) > backupEveryMs
      ? { text: `the last good backup is of ${day(good_at)}`, remedy: again }
      : null,
    archiver?.failing
      ? {
          text: `no changes are archived since ${archiver.since}: only backups can be restored from then on`,
          remedy: `tail /var/log/postgresql/postgresql-*-${project}*.log`,
        }
      : null,
    lost
      ? {
          text: `changes until ${day(lost.at.toISOString())} were not archived, to keep the disk from filling: a time after the last backup cannot be restored`,
          remedy: `Make room, then ${again}`,
        }
      : null,
    proof?.trouble != null
      ? {
          text: `the last proof of a backup failed, ${day(proof.at)}: ${inOneLine(proof.trouble)}`,
          remedy: `gatling db verify ${project}`,
        }
      : begun !== null && age(proved ?? begun) > proofEveryMs
        ? {
            text: proved === null ? 'no backup was ever proved' : `the last backup was proved ${day(proved)}`,
            remedy: `gatling db verify ${project}`,
          }
        : null,
  ]
  return { backup_at: good_at, proved_at: proved, troubles: troubles.filter(one => one !== null) }
}
