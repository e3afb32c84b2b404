import * as v from 'valibot'
import type { Kind } from '../../commands/pgbackrest.js'
import { stateBroken } from '../../state/errors.js'

/** The part of `pgbackrest info --output=json` about one stanza that Gatling reads. Times are in seconds. */
const stanzaSchema = v.object({
  name: v.string(),
  status: v.object({
    code: v.number(),
    message: v.string(),
    lock: v.optional(v.object({ backup: v.object({ held: v.boolean() }) })),
  }),
  repo: v.optional(v.array(v.object({ status: v.object({ code: v.number(), message: v.string() }) })), []),
  archive: v.array(
    v.object({
      id: v.string(),
      min: v.nullable(v.string()),
      max: v.nullable(v.string()),
      database: v.object({ 'repo-key': v.number() }),
    }),
  ),
  db: v.optional(v.array(v.object({ version: v.string() })), []),
  backup: v.array(
    v.object({
      label: v.string(),
      type: v.picklist(['full', 'diff', 'incr']),
      error: v.nullish(v.boolean()),
      database: v.object({ 'repo-key': v.number() }),
      timestamp: v.object({ start: v.number(), stop: v.number() }),
      lsn: v.nullish(v.object({ stop: v.nullish(v.string()) })),
      info: v.object({
        size: v.number(),
        repository: v.object({ delta: v.number() }),
      }),
    }),
  ),
})

/** The place of a backup: this machine, or the storage elsewhere. */
export type Place = 'here' | 'storage'

/** One backup in a repository. */
export interface Backup {
  readonly id: string
  readonly place: Place
  readonly stanza: string
  readonly kind: Kind
  readonly startedAt: Date
  /** The earliest time to which it can be restored. */
  readonly endedAt: Date
  /** The position in the WAL where it ended, which does not depend on the clock; null: unknown. */
  readonly endLsn: string | null
  /** The size of the restored database, in bytes. */
  readonly databaseSize: number
  /** The size of this backup in the repository, without those it builds on, in bytes. */
  readonly size: number
  /** Whether pgBackRest found damaged pages in it. */
  readonly damaged: boolean
}

/** The backups of one cluster. */
export interface Kept {
  /** Oldest first. */
  readonly backups: readonly Backup[]
  /** Whether a backup is being made. */
  readonly busy: boolean
  /** Why the repository cannot be read, in pgBackRest's words; null: it can. */
  readonly trouble: string | null
}

/** pgBackRest's numbers for a stanza without a folder, and for one without a backup. Neither is an error. */
const isEmpty = [1, 2]

/** Reads the information about one stanza. @throws GatlingError STATE_BROKEN. */ export const parseInfo = (
  stanza: string,
  text: string,
  place: Place = 'here',
): Kept => {
  const found = stanzasIn(`pgbackrest info of ${stanza}`, text).find(({ name }) => name === stanza)
  if (!found) throw stateBroken(`pgbackrest info of ${stanza}`, text.slice(0, 200))
  const { lock } = found.status
  return { backups: backupsOf(found, place), busy: lock?.backup.held ?? false, trouble: troubleOf(found) }
}

/** Reads all backups of a repository in the storage, oldest first, and why some cannot be read. */
export const parseAll = (
  text: string,
): {
  readonly backups: readonly (Backup & { readonly version: string })[]
  readonly trouble: string | null
} => {
  const stanzas = stanzasIn('pgbackrest info', text)
  const backups = stanzas.flatMap(stanza =>
    backupsOf(stanza, 'storage').map(one => ({ ...one, version: stanza.db.at(-1)?.version ?? '' })),
  )
  return {
    backups: backups.sort((one, other) => (one.id < other.id ? -1 : 1)),
    trouble: stanzas.map(troubleOf).find(trouble => trouble !== null) ?? null,
  }
}

type StanzaInfo = v.InferOutput<typeof stanzaSchema>

const stanzasIn = (what: string, text: string): readonly StanzaInfo[] => {
  const parsed = v.safeParse(v.array(stanzaSchema), jsonOf(text))
  if (!parsed.success) throw stateBroken(what, text.slice(0, 200))
  return parsed.output
}

const backupsOf = ({ name, backup }: StanzaInfo, place: Place): readonly Backup[] =>
  backup.map(({ label, type, error, timestamp, lsn, info }) => ({
    id: label,
    place,
    stanza: name,
    kind: type,
    startedAt: new Date(timestamp.start * 1_000),
    endedAt: new Date(timestamp.stop * 1_000),
    endLsn: lsn?.stop ?? null,
    databaseSize: info.size,
    size: info.repository.delta,
    damaged: error === true,
  }))

/** Says why a stanza cannot be read. Its own message can be `other`, while that of the repository has the reason. */
const troubleOf = ({ status: { code, message }, repo }: StanzaInfo): string | null =>
  code === 0 || isEmpty.includes(code)
    ? null
    : (repo.find(one => one.status.code === code)?.status.message ?? message)

const jsonOf = (text: string): unknown => {
  try {
    // A message can quote bytes that were decrypted with a wrong passphrase.
    return JSON.parse(text.replace(/\p{Cc}/gu, ' '))
  } catch {
    return null
  }
}
