import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { whileLocked } from '../hosts/lock.js'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const instant = v.pipe(v.string(), v.isoTimestamp())

/** What is noted of each database that an app has or had, whatever it is made of. */
export const copyEntries = {
  /** `r0`: the first; `r1` and on: what was restored. */
  label: v.string(),
  made_at: instant,
  /** What it was restored from, in words; null: it is the first. */
  from: v.nullable(v.string()),
  /** The label of the copy that it is of, in a newer version of PostgreSQL; that one is kept until somebody finishes. */
  upgraded_from: v.optional(v.string()),
  /** `making`: a restore or an upgrade is under way, or was killed; `gone`: removed, while its backups are kept. */
  state: v.picklist(['making', 'there', 'gone']),
  /** When it served, oldest first; an open end: it serves. A higher turn is a later span: a clock can have been set back. */
  served: v.array(v.object({ from: instant, until: v.nullable(instant), turn: v.optional(v.number()) })),
}

const copySchema = v.object({
  ...copyEntries,
  /** Its cluster; the name is also that of its backups (pgBackRest calls it a stanza). */
  cluster: v.object({ version: v.string(), name: v.string(), port: v.number() }),
})
/** A PostgreSQL cluster of an app: the one that serves, one that served before, or one that was restored beside it. */
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
      /** Somebody wrote to it at that moment, so the number can be off by what was not committed yet. */
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
  /** What it is called in the WAL. */
  name: v.string(),
  /** Where it is in the WAL. */
  lsn: v.string(),
  at: instant,
  /** The label of the copy. */
  of: v.string(),
  /** Those that were pending then. */
  migrations: v.array(v.string()),
})
export type Point = v.InferOutput<typeof pointSchema>
const proofSchema = v.object({ ...attemptSchema.entries, backup: v.string() })

/** What is noted of the backups of any database. */
export const backupsEntries = {
  /** How many copies there ever were: no label is given twice, as archives keep it. */
  copied: v.optional(v.number(), 0),
  /** The label of the copy that a killed or running promotion is about. */
  promoting: v.nullable(v.string()),
  /** The last backup that was asked for, and how it ended. */
  last: v.nullable(attemptSchema),
  /** When the last good backup began. */
  good_at: v.nullable(instant),
  /** The last proof: a backup was restored and looked at. */
  proof: v.nullable(proofSchema),
  /** When each backup was proved, by its id. */
  proved: v.record(v.string(), instant),
  /** Its backups stay on this machine, although the server has a storage. */
  local_only: v.optional(v.boolean(), false),
  /** The same of the storage elsewhere; null: no backup goes there. */
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

/** What root notes of the backups of an app's database, beside what pgBackRest knows. */
export type Backups = v.InferOutput<typeof backupsSchema>
/** What is noted of the backups in the storage elsewhere. */
export type Stored = NonNullable<Backups['storage']>

/** null: backups of this app were never begun. @throws GatlingError STATE_BROKEN. */
export const readBackups = (project: string): Backups | null =>
  readJson(serverPaths.backups(project), backupsSchema)

/** Changes what is noted; of two changes at once the later would lose the other's. */
export const changeBackups = (project: string, change: (known: Backups) => Backups): Promise<void> =>
  whileLocked(serverPaths.lock(`backups-${project}`), async () =>
    writeJson(serverPaths.backups(project), change(readBackups(project) ?? nothing)),
  )

/** Before the first backup. */
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

/** What systemd sends changes to the storage by. */
export const sendersOf = (project: string): readonly [string, string] => [
  `gatling-storage@${project}.path`,
  `gatling-storage@${project}.service`,
]

/** What systemd starts the backups and the proofs by. */
export const timersOf = (project: string): readonly string[] => [
  `gatling-backup@${project}.timer`,
  `gatling-proof@${project}.timer`,
]
