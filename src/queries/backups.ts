import { storageFor, storageOf } from '../databases/backups/config.js'
import { backupToolFailed } from '../databases/backups/errors.js'
import { pointOf, restorable } from '../databases/backups/points.js'
import type { Backup, Place } from '../databases/backups/repository.js'
import { keptOf, lossesOf, reasonsIn } from '../databases/backups/tool.js'
import { dumpsOf } from '../databases/embedded/backup.js'
import { embeddedOf, ensureRunning } from '../databases/embedded/cluster.js'
import { labelsOf } from '../databases/embedded/labels.js'
import { usedBy } from '../databases/embedded/url.js'
import { noDatabase } from '../databases/errors.js'
import { liveRecords } from '../databases/live.js'
import { sqliteFile } from '../databases/sqlite/file.js'
import { byTime, snapshotsOf } from '../databases/sqlite/repository.js'
import { ownFolder, storedSnapshots } from '../databases/sqlite/storage.js'
import type { Backups, Copy, Point } from '../state/backups.js'
import { gatlingHome } from '../state/paths.js'
import { isServer } from '../state/server.js'
import { readSqlite } from '../state/sqlite.js'
import { addressOf, folderOf } from '../state/storage.js'

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
    /** `here`: on this machine; `storage`: in the storage elsewhere. */
    readonly place: Place
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
  /** The storage elsewhere that backups of the app go to; null: none. */
  readonly storage: {
    readonly address: string
    /** Why its backups are not listed; null: they are. */
    readonly trouble: string | null
  } | null
  /** When changes were lost that no backup has, because they could not be archived. */
  readonly lost_at: string | null
}

/** @throws GatlingError NO_DATABASE, BACKUP_TOOL_FAILED or STATE_BROKEN. */
export const backupsOf = async (project: string): Promise<BackupList> => {
  if (!isServer()) return embeddedBackupsOf(project)
  if (sqliteFile(project) !== null) return sqliteBackupsOf(project)
  const { database, backups: known } = liveRecords(project)
  if (!database) throw noDatabase(project)
  const { good_at = null } = known ?? {}
  const losses = lossesOf(project)
  const kept: Backup[] = []
  const storage = known?.storage ? storageOf(project) : null
  let trouble: string | null = null
  for (const copy of known?.copies ?? []) kept.push(...(await backupsIn(project, copy, 'here')))
  try {
    if (storage)
      for (const copy of known?.copies ?? []) kept.push(...(await backupsIn(project, copy, 'storage')))
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error)
  }
  const labelOf = (stanza: string): string =>
    known?.copies.find(({ cluster }) => cluster.name === stanza)?.label ?? stanza
  const backups = kept.map(one => ({
    id: one.id,
    kind: one.kind,
    ended_at: one.endedAt.toISOString(),
    size: one.size,
    database_size: one.databaseSize,
    proved_at: known?.proved[one.id] ?? null,
    damaged: one.damaged,
    of: labelOf(one.stanza),
    place: one.place,
  }))
  return {
    project,
    storage: storage && { address: addressOf(storage, folderOf(database)), trouble },
    backups: backups.sort((one, other) => (one.ended_at < other.ended_at ? -1 : 1)),
    copies: copiesOf(known?.copies ?? []),
    points: known === null ? [] : pointsIn(known, restorable(known, kept, losses)),
    lost_at:
      losses
        .filter(({ place }) => place === 'everywhere')
        .filter(({ at }) => good_at === null || at > new Date(good_at))
        .at(-1)
        ?.at.toISOString() ?? null,
  }
}

/** @throws GatlingError BACKUP_TOOL_FAILED: the place cannot be read. */
const backupsIn = async (project: string, { cluster }: Copy, place: Place): Promise<readonly Backup[]> => {
  const { backups, trouble } = await keptOf(project, cluster, place)
  if (trouble !== null && place === 'storage') throw backupToolFailed('pgBackRest', reasonsIn(trouble))
  return backups
}

/** Returns a point for each release, as `gatling db restore --before` takes it. */
const pointsIn = ({ copies }: Backups, points: readonly Point[]): BackupList['points'] =>
  points
    .filter(point => pointOf({ points, copies }, point.release) === point)
    .map(({ release, at, of }) => ({ release, at, of }))

const copiesOf = (
  copies: readonly Pick<Backups['copies'][number], 'label' | 'made_at' | 'from' | 'served' | 'state'>[],
): BackupList['copies'] =>
  copies
    .filter(({ state }) => state === 'there')
    .map(({ label, served, made_at, from }) => ({
      label,
      serves: served.at(-1)?.until === null,
      made_at,
      from,
    }))

/** Lists the backups of a SQLite file, which are all full. */
const sqliteBackupsOf = async (project: string): Promise<BackupList> => {
  const known = readSqlite(project)
  const here = await snapshotsOf(project)
  const storage = known?.storage ? storageFor(known) : null
  const { stored, trouble } = storage
    ? await storedSnapshots(project, storage, 'own').then(
        stored => ({ stored, trouble: null }),
        error => ({ stored: [], trouble: error instanceof Error ? error.message : String(error) }),
      )
    : { stored: [], trouble: null }
  return {
    project,
    backups: [...here, ...stored].sort(byTime).map(({ id, madeAs, endedAt, of, place }) => ({
      id,
      kind: 'full',
      ended_at: endedAt.toISOString(),
      size: known?.backups[madeAs]?.added ?? 0,
      database_size: known?.backups[madeAs]?.size ?? 0,
      proved_at: known?.proved[id] ?? null,
      damaged: false,
      ...{ place, of },
    })),
    copies: copiesOf(known?.copies ?? []),
    points: [],
    storage: storage && { address: addressOf(storage, ownFolder(project)), trouble },
    lost_at: null,
  }
}

/** Lists the backups of embedded mode, which are dumps. */
const embeddedBackupsOf = async (project: string): Promise<BackupList> => {
  const embedded = embeddedOf(gatlingHome(), project)
  const serving = usedBy(gatlingHome(), embedded).label
  await ensureRunning(embedded)
  return {
    project,
    backups: dumpsOf(embedded).map(({ id, of, endedAt, size }) => ({
      id,
      kind: 'dump',
      ended_at: endedAt.toISOString(),
      size,
      database_size: size,
      proved_at: null,
      damaged: false,
      place: 'here' as const,
      of,
    })),
    copies: (await labelsOf(embedded)).map(({ label, madeAt }) => ({
      label,
      serves: label === serving,
      made_at: madeAt,
      from: null,
    })),
    points: [],
    storage: null,
    lost_at: null,
  }
}
