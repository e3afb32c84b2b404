import { pointOf, restorable } from '../databases/backups/points.js'
import type { Backup } from '../databases/backups/repository.js'
import { keptOf, lossesOf } from '../databases/backups/tool.js'
import { noDatabase } from '../databases/errors.js'
import { type Backups, type Point, readBackups } from '../state/backups.js'
import { readDatabase } from '../state/database.js'

/** What `gatling db backups --json` prints. */
export interface BackupList {
  readonly project: string
  /** Oldest first. */
  readonly backups: readonly {
    readonly id: string
    readonly kind: string
    /** ISO 8601. */
    readonly ended_at: string
    /** What it takes where it is kept, without those it builds on, in bytes. */
    readonly size: number
    readonly database_size: number
    /** When a restore of it was checked; null: never. */
    readonly proved_at: string | null
    readonly damaged: boolean
    /** The database that it is of: `r0` is the first, `r1` and on were restored. */
    readonly of: string
  }[]
  /** The databases of the app: the one that serves, and those beside it. */
  readonly copies: readonly {
    readonly label: string
    readonly serves: boolean
    readonly made_at: string
    readonly from: string | null
  }[]
  /** The moments before migrations that can be restored, oldest first. */
  readonly points: readonly {
    /** The release whose migrations ran after it. */
    readonly release: number
    readonly at: string
    /** The database that it is of. */
    readonly of: string
  }[]
  /** When changes were lost that no backup has, because they could not be archived. */
  readonly lost_at: string | null
}

/** @throws GatlingError NO_DATABASE, BACKUP_TOOL_FAILED or STATE_BROKEN. */
export const backupsOf = async (project: string): Promise<BackupList> => {
  if (!readDatabase(project)) throw noDatabase(project)
  const known = readBackups(project)
  const { good_at = null } = known ?? {}
  const losses = lossesOf(project)
  const kept: Backup[] = []
  const backups = []
  for (const { label, cluster } of known?.copies ?? [])
    for (const one of (await keptOf(project, cluster)).backups) {
      kept.push(one)
      backups.push({
        id: one.id,
        kind: one.kind,
        ended_at: one.endedAt.toISOString(),
        size: one.size,
        database_size: one.databaseSize,
        proved_at: known?.proved[one.id] ?? null,
        damaged: one.damaged,
        of: label,
      })
    }
  return {
    project,
    backups: backups.sort((one, other) => (one.ended_at < other.ended_at ? -1 : 1)),
    copies: (known?.copies ?? [])
      .filter(({ state }) => state === 'there')
      .map(({ label, served, made_at, from }) => ({
        label,
        serves: served.at(-1)?.until === null,
        made_at,
        from,
      })),
    points: known === null ? [] : pointsIn(known, restorable(known, kept, losses)),
    lost_at:
      losses
        .filter(({ at }) => good_at === null || at > new Date(good_at))
        .at(-1)
        ?.at.toISOString() ?? null,
  }
}

/** One for each release, as `gatling db restore --before` takes it. */
const pointsIn = ({ copies }: Backups, points: readonly Point[]): BackupList['points'] =>
  points
    .filter(point => pointOf({ points, copies }, point.release) === point)
    .map(({ release, at, of }) => ({ release, at, of }))
