import { randomBytes } from 'node:crypto'
import type { EventBody } from '../core/event.js'
import { readBackups } from '../state/backups.js'
import { type Database, forgetDatabase, readDatabase, writeDatabase } from '../state/database.js'
import { type Action, runActions } from './action.js'
import { settle, whileAlone } from './alone.js'
import type { Chosen } from './backups/choose.js'
import { nextLabel, servingOf } from './backups/copies.js'
import { noBackups, restoreRefused } from './backups/errors.js'
import { fillCluster } from './backups/fill-cluster.js'
import { archiveNow } from './backups/make-backup.js'
import { forgetReplay, removeCluster } from './backups/make-copy.js'
import { choosePoint, markIn } from './backups/points.js'
import { promote } from './backups/promote.js'
import { copyOf, keepCopy, noteCopy, removeCopy } from './backups/restore.js'
import { keptOf, lossesOf, refuseWithoutRoom } from './backups/tool.js'
import { runSql } from './cluster.js'
import { chooseCluster, dropOldBackups, limitAccess, setDatabaseUrl, shareSocket } from './create.js'
import { cloneTaken, databaseUrlSet } from './errors.js'
import { databaseOf } from './lookup.js'
import { sanitize } from './sanitize.js'
import { connectionsFor, loginIn, readUrl } from './url.js'

export interface Cloning {
  /** The app whose database is copied. */
  readonly from: string
  /** The app that gets the copy. */
  readonly to: string
  /** What runs on the copy before its app can reach it; null: nothing. */
  readonly sql: string | null
  /** Whether the copy takes the place of a database that the app has. */
  readonly replace: boolean
}

/**
 * Makes a copy of an app's database the database of another app. Nothing that serves is touched, but by the swap of an app
 * whose database is replaced.
 * @returns the label of the database that was replaced; null: there was none.
 * @throws GatlingError NO_DATABASE, NO_BACKUPS, CLONE_TAKEN, DATABASE_URL_SET or DATABASE_FAILED.
 */
export const cloneDatabase = async (
  cloning: Cloning,
  emit: (event: EventBody) => void,
): Promise<string | null> => {
  const { from, to, replace } = cloning
  await settle(from, emit)
  const source = databaseOf(from)
  const label = await whileAlone(to, emit, async () => {
    const known = readDatabase(to)
    if (known?.created && !replace) throw cloneTaken(to)
    const url = readUrl(to)
    if (url !== null && (known === null || loginIn(url, known) === null)) throw databaseUrlSet(to)
    const chosen = await momentOf(source)
    return known?.created
      ? makeBeside(cloning, source, known, chosen, emit)
      : makeFirst(cloning, source, known, chosen, emit)
  })
  return label === null ? null : promoteOrRemove(to, label, emit)
}

/** Marks this moment in the database, and finds what it can be restored from. @throws GatlingError NO_BACKUPS or RESTORE_REFUSED. */
const momentOf = async ({ project, cluster }: Database): Promise<Chosen> => {
  const backups = (await keptOf(project, cluster)).backups
  if (backups.length === 0) throw noBackups(project)
  const at = new Date().toISOString()
  const name = `gatling-clone-${randomBytes(6).toString('hex')}`
  const choice = choosePoint({ at, lsn: await markIn(cluster, name), name }, backups, lossesOf(project))
  if (!('backup' in choice)) throw restoreRefused(project, choice.refused, backups)
  return choice
}

/** What is so before anything is made. */
const ready = ({ project, cluster }: Database, { backup }: Chosen): readonly Action[] => [
  { name: 'check_room', run: () => refuseWithoutRoom('a clone', '/var/lib/postgresql', backup.databaseSize) },
  { name: 'archive_until_now', run: () => archiveNow(project, cluster) },
]

/** What it says of itself when it fails. */
const verbOf = ({ from, to, sql, replace }: Cloning) => ({
  verb: 'clone',
  project: from,
  more: [to, ...(replace ? ['--replace'] : []), ...(sql === null ? [] : ['--sanitize <file>'])].join(' '),
  kept: 'The database serves as before, and nothing of the copy is left.',
})

/** The database of an app that has none, or a half made one. */
const makeFirst = async (
  cloning: Cloning,
  source: Database,
  known: Database | null,
  chosen: Chosen,
  emit: (event: EventBody) => void,
): Promise<null> => {
  const { from, to, sql } = cloning
  const cluster = () => databaseOf(to).cluster
  const connections = connectionsFor(to)
  const actions: readonly Action[] = [
    ...ready(source, chosen),
    ...(known === null ? [] : [dropOldBackups(to), removeHalfMade(known)]),
    chooseCluster(to, null, source.cluster.version),
    ...fillCluster({ ...chosen, of: from, like: source.cluster, project: to, connections, cluster }),
    limitAccess(to),
    closeLogins(cluster),
    sanitize(to, cluster, sql),
    {
      name: 'keep_clone',
      run: () => writeDatabase({ ...databaseOf(to), created: true }),
    },
    shareSocket(to),
    setDatabaseUrl(to),
  ]
  await runActions(actions, { ...verbOf(cloning), emit })
  return null
}

/** Another version of PostgreSQL may have begun it. */
const removeHalfMade = ({ project, cluster }: Database): Action => ({
  name: 'remove_half_made',
  run: async () => {
    await removeCluster(cluster)
    forgetDatabase(project)
  },
})

/** A database beside the one that an app has. @returns its label. */
const makeBeside = async (
  cloning: Cloning,
  source: Database,
  { connections }: Database,
  chosen: Chosen,
  emit: (event: EventBody) => void,
): Promise<string> => {
  const { from, to, sql } = cloning
  const known = readBackups(to)
  if (!known) throw noBackups(to)
  const label = nextLabel(known)
  const cluster = () => copyOf(to, label).cluster
  const actions: readonly Action[] = [
    ...ready(source, chosen),
    noteCopy(to, label, source.cluster.version, `the database of ${from}`),
    ...fillCluster({ ...chosen, of: from, like: source.cluster, project: to, connections, cluster }),
    closeLogins(cluster),
    sanitize(to, cluster, sql),
    keepCopy(to, label),
  ]
  await runActions(actions, { ...verbOf(cloning), emit })
  return label
}

/** Nobody can log in by a password of the database that was copied, also by one that its owner made. */
const closeLogins = (cluster: Parameters<typeof sanitize>[1]): Action => ({
  name: 'close_logins',
  run: async () => {
    await runSql(cluster(), noPasswords, 'postgres')
    await forgetReplay(cluster())
  },
})

const noPasswords = `DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL LOOP
    EXECUTE format('ALTER ROLE %I PASSWORD NULL', one);
  END LOOP;
END $$`

/** Has the app use its clone, or leaves nothing of it. @returns the label of the database that it used. */
const promoteOrRemove = async (
  project: string,
  label: string,
  emit: (event: EventBody) => void,
): Promise<string> => {
  try {
    return await promote(project, label, null, emit)
  } catch (error) {
    await whileAlone(project, emit, async () => {
      const known = readBackups(project)
      // Its deploy can have gone live, although what followed failed.
      if (known && servingOf(known)?.label !== label) await removeCopy(project, label)
    })
    throw error
  }
}
