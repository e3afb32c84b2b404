import { randomBytes } from 'node:crypto'
import type { Action } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { readBackups } from '../state/backups.js'
import { type Database, forgetDatabase, readDatabase, writeDatabase } from '../state/database.js'
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
import { runActions } from './run-actions.js'
import { sanitize } from './sanitize.js'
import { connectionsFor, loginIn, readUrl } from './url.js'

export interface Cloning {
  /** The app whose database is copied. */
  readonly from: string
  /** The app that gets the copy. */
  readonly to: string
  /** SQL to run on the copy before its app can reach it; null: none. */
  readonly sql: string | null
  /** Whether the copy replaces a database that the app has. */
  readonly replace: boolean
}

/**
 * Makes a copy of an app's database the database of another app. Only an app whose database is replaced is swapped;
 * nothing else that is live changes.
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

/**
 * Marks this moment in the database, and chooses a backup from which it can be restored.
 * @throws GatlingError NO_BACKUPS or RESTORE_REFUSED.
 */
const momentOf = async ({ project, cluster }: Database): Promise<Chosen> => {
  const backups = (await keptOf(project, cluster)).backups
  if (backups.length === 0) throw noBackups(project)
  const at = new Date().toISOString()
  const name = `gatling-clone-${randomBytes(6).toString('hex')}`
  const choice = choosePoint({ at, lsn: await markIn(cluster, name), name }, backups, lossesOf(project))
  if (!('backup' in choice)) throw restoreRefused(project, choice.refused, backups)
  return choice
}

/** Lists the actions before anything is made. */
const ready = ({ project, cluster }: Database, { backup }: Chosen): readonly Action[] => [
  { name: 'check_room', run: () => refuseWithoutRoom('a clone', '/var/lib/postgresql', backup.databaseSize) },
  { name: 'archive_until_now', run: () => archiveNow(project, cluster) },
]

/** Describes the command for its errors. */
const verbOf = ({ from, to, sql, replace }: Cloning) => ({
  verb: 'clone',
  project: from,
  more: [to, ...(replace ? ['--replace'] : []), ...(sql === null ? [] : ['--sanitize <file>'])].join(' '),
  kept: 'The database serves as before, and nothing of the copy is left.',
})

/** Makes the database of an app that has none, or a half made one. */
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

/** Removes a half made database, which another version of PostgreSQL can have begun. */
const removeHalfMade = ({ project, cluster }: Database): Action => ({
  name: 'remove_half_made',
  run: async () => {
    await removeCluster(cluster)
    forgetDatabase(project)
  },
})

/** Makes a database beside the one that an app has. @returns its label. */
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

/** Removes every password of the copied database, including those that its owner made. */
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

/** Makes the app use its clone, or removes the clone. @returns the label of the database that the app used. */
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
      // Its deploy can have gone live, although a later action failed.
      if (known && servingOf(known)?.label !== label) await removeCopy(project, label)
    })
    throw error
  }
}
