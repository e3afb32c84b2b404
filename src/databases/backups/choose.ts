import type { Target } from '../../commands/pgbackrest.js'
import { noBackups, restoreRefused } from './errors.js'
import type { Backup } from './repository.js'

/** The moment or the backup that a person asks for. */
export type Wanted = { readonly at: Date } | { readonly backup: string } | { readonly before: number }

/** The same for databases without restore points. */
export type Unmarked = Exclude<Wanted, { readonly before: number }>

/** WAL that was given up. Nothing after it can be replayed on an older backup. */
export interface Loss {
  readonly at: Date
  readonly stanza: string
  /** WAL that is lost in the storage can still be on this machine. */
  readonly place: 'everywhere' | 'storage'
}

/** The backup that a restore begins with, and the target where it stops; or the reason for a refusal. */
export type Choice =
  | { readonly backup: Backup; readonly target: Target }
  | { readonly refused: 'future' | 'too-early' | 'lost' | 'unknown' | 'no-point' }

/** A choice that was not refused. */
export type Chosen = Extract<Choice, { backup: Backup }>

/**
 * Chooses the backup for a restore.
 * @param backups those of the cluster that was live at that time, oldest first.
 * @param now the latest time to which PostgreSQL can replay.
 */
export const chooseBackup = (
  wanted: Unmarked,
  backups: readonly Backup[],
  losses: readonly Loss[],
  now: Date,
): Choice => {
  const good = backups.filter(({ damaged }) => !damaged)
  if ('backup' in wanted) {
    const backup = good.find(({ id }) => id === wanted.backup)
    return backup ? { backup, target: { type: 'immediate' } } : { refused: 'unknown' }
  }
  const { at } = wanted
  if (at > now) return { refused: 'future' }
  const backup = good.filter(({ endedAt }) => endedAt.getTime() + secondMs <= at.getTime()).at(-1)
  if (!backup) return { refused: 'too-early' }
  return isLost(backup, at, losses)
    ? { refused: 'lost' }
    : { backup, target: { type: 'time', at: postgresTime(at) } }
}

/**
 * Chooses the named backup, or the last one before a time, for databases without WAL between backups.
 * @param all oldest first.
 * @throws GatlingError NO_BACKUPS or RESTORE_REFUSED.
 */
export const chooseWhole = <One extends { readonly id: string; readonly endedAt: Date }>(
  project: string,
  wanted: Unmarked,
  all: readonly One[],
): One => {
  if (all.length === 0) throw noBackups(project)
  if ('at' in wanted && wanted.at > new Date()) throw restoreRefused(project, 'future', all)
  const chosen =
    'backup' in wanted
      ? all.find(({ id }) => id === wanted.backup)
      : all.filter(({ endedAt }) => endedAt <= wanted.at).at(-1)
  if (!chosen) throw restoreRefused(project, 'at' in wanted ? 'too-early' : 'unknown', all)
  return chosen
}

/** Tells whether changes between a backup and a time were given up. */
export const isLost = (backup: Backup, at: Date, losses: readonly Loss[]): boolean =>
  losses.some(
    loss =>
      loss.stanza === backup.stanza &&
      (loss.place === 'everywhere' || loss.place === backup.place) &&
      loss.at > backup.startedAt &&
      loss.at < at,
  )

/** pgBackRest gives the end of a backup in whole seconds. */
const secondMs = 1_000

/** Writes a time for PostgreSQL, independent of its time zone (recovery_target_time). */
const postgresTime = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', '+00')
