import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { whileLocked } from '../hosts/lock.js'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const instant = v.pipe(v.string(), v.isoTimestamp())

/** The record of each database that an app has or had, of any kind. */
export const copyEntries = {
  /** `r0` is the first database; `r1` and so on were restored. */
  label: v.string(),
  made_at: instant,
  /** What it was restored from; null: it is the first. */
  from: v.nullable(v.string()),
  /**
   * The label of the copy that it was upgraded from, to a newer PostgreSQL. That copy stays until somebody finishes the
   * upgrade.
   */
  upgraded_from: v.optional(v.string()),
  /** `making`: a restore or an upgrade is running, or was killed. `gone`: it was removed, but its backups are kept. */
  state: v.picklist(['making', 'there', 'gone']),
  /** When it served, oldest first; an open end: it serves. A higher turn is a later span: a clock can have been set back. */
  served: v.array(v.object({ from: instant, until: v.nullable(instant), turn: v.optional(v.number()) })),
}

const copySchema = v.object({
  ...copyEntries,
  /** Its cluster. The name of the cluster is also that of its backups (pgBackRest's stanza). */
  cluster: v.object({ version: v.string(), name: v.string(), port: v.number() }),
})
/** A PostgreSQL cluster of an app: the live one, one that was live before, or one that was restored beside it. */
export type Copy = v.InferOutput<typeof copySchema>

/** The tables of a database at one moment, for the proof that a restore brings them back. */
const countsSchema = v.object({
  /** The position in the WAL of that moment. */
  lsn: v.string(),
  tables: v.array(
    v.object({
      name: v.string(),
      /** null: it is too large to count. */
      rows: v.nullable(v.number()),
      /**
       * Whether somebody wrote to the table at that moment. Then the number can differ by rows that were not committed
       * yet.
       */
      busy: v.boolean(),
    }),
  ),
})
export type Counts = v.InferOutput<typeof countsSchema>

const attemptSchema = v.object({
  at: instant,
  /** null: it succeeded. */
  trouble: v.nullable(v.string()),
})
export type Attempt = v.InferOutput<typeof attemptSchema>

/** A moment in the WAL of a copy, marked right before the migrations of a release. */
const pointSchema = v.object({
  release: v.number(),
  /** Its name in the WAL. */
  name: v.string(),
  /** Its position in the WAL. */
  lsn: v.string(),
  at: instant,
  /** The label of the copy. */
  of: v.string(),
  /** The migrations that were pending then. */
  migrations: v.array(v.string()),
})
export type Point = v.InferOutput<typeof pointSchema>
const proofSchema = v.object({ ...attemptSchema.entries, backup: v.string() })

/** The record of the backups of any database. */
export const backupsEntries = {
  /** How many copies there ever were. No label is used twice, because archives keep it. */
  copied: v.optional(v.number(), 0),
  /** The label of the copy that is being promoted, or whose promotion was killed. */
  promoting: v.nullable(v.string()),
  /** The last requested backup, and how it ended. */
  last: v.nullable(attemptSchema),
  /** When the last good backup began. */
  good_at: v.nullable(instant),
  /** The last proof: a backup was restored and checked. */
  proof: v.nullable(proofSchema),
  /** When each backup was proved, by its id. */
  proved: v.record(v.string(), instant),
  /** Whether its backups stay on this machine, although the server has a storage. */
  local_only: v.optional(v.boolean(), false),
  /** The record of its backups in the storage; null: no backup goes there. */
  storage: v.optional(
    v.nullable(
      v.object({
        last: v.nullable(attemptSchema),
        good_at: v.nullable(instant),
        proof: v.nullable(proofSchema),
      }),
    ),
    null,
  ),
}

const backupsSchema = v.object({
  ...backupsEntries,
  copies: v.array(copySchema),
  /** By the id of a backup. */
  counts: v.record(v.string(), countsSchema),
  /** Oldest first. */
  points: v.optional(v.array(pointSchema), []),
})

/** What root records about the backups of an app's database, in addition to what pgBackRest knows. */
export type Backups = v.InferOutput<typeof backupsSchema>
/** The record of the backups in the storage. */
export type Stored = NonNullable<Backups['storage']>

/** Reads the record of an app's backups; null: they were never begun. @throws GatlingError STATE_BROKEN. */
export const readBackups = (project: string): Backups | null =>
  readJson(serverPaths.backups(project), backupsSchema)

/** Changes the record under a lock, so that no simultaneous change is lost. */
export const changeBackups = (project: string, change: (known: Backups) => Backups): Promise<void> =>
  whileLocked(serverPaths.lock(`backups-${project}`), async () =>
    writeJson(serverPaths.backups(project), change(readBackups(project) ?? nothing)),
  )

/** The record before the first backup. */
export const noBackupsYet = {
  copied: 0,
  promoting: null,
  last: null,
  good_at: null,
  proof: null,
  proved: {},
  local_only: false,
  storage: null,
}
const nothing: Backups = { ...noBackupsYet, copies: [], counts: {}, points: [] }

export const forgetBackups = (project: string): void => rmSync(serverPaths.backups(project), { force: true })

/** Returns the units by which systemd sends changes to the storage. */
export const sendersOf = (project: string): readonly [string, string] => [
  `gatling-storage@${project}.path`,
  `gatling-storage@${project}.service`,
]

/** Returns the timers by which systemd starts backups and proofs. */
export const timersOf = (project: string): readonly string[] => [
  `gatling-backup@${project}.timer`,
  `gatling-proof@${project}.timer`,
]
