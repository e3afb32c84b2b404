import type { Action } from '../../core/action.js'
import { GatlingError } from '../../core/error.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { type Copy, changeBackups, readBackups } from '../../state/backups.js'
import type { Cluster, Database } from '../../state/database.js'
import { whileAlone } from '../alone.js'
import { hasOwnBackup, nextLabel, servingOf, withoutCopy } from '../backups/copies.js'
import { noBackups } from '../backups/errors.js'
import { noteServes } from '../backups/finish-promotion.js'
import { archiveNow } from '../backups/make-backup.js'
import { gatherStatistics } from '../backups/make-copy.js'
import { copyOf, noteCopy } from '../backups/restore.js'
import { backupLock, keptOf, refuseWithoutRoom } from '../backups/tool.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { checkExtensions, installVersion, sayUnlogged } from './check.js'
import { upgradeFailed, upgradePending, versionNotNewer } from './errors.js'
import { pendingUpgrade } from './pending.js'
import { type Facts, rehearsing } from './rehearse.js'
import { replacing } from './replace.js'
import { leaveOldPath } from './switch.js'

export interface Upgraded {
  /** The label of the newer database. */
  readonly label: string
  /** The label of the old one, which is kept. */
  readonly before: string
  /** How long writes were held, or in a rehearsal would be held, in ms; null: an interrupted upgrade held them. */
  readonly heldMs: number | null
}

/** The time beyond that of a rehearsal, in which the old cluster stops and the app connects again. */
const switchMs = 2_000

/**
 * Upgrades the database of an app to a newer major version of PostgreSQL. First it upgrades and compares a copy. Then a
 * second copy, which has followed the database, replaces it. The old database stays as it was.
 * @param rehearse whether to do only the first part.
 * @throws GatlingError NO_DATABASE, NO_BACKUPS, VERSION_NOT_NEWER, UPGRADE_PENDING or UPGRADE_FAILED.
 */
export const upgrade = (
  project: string,
  version: string,
  rehearse: boolean,
  emit: (event: EventBody) => void,
): Promise<Upgraded> =>
  whileAlone(project, emit, () =>
    whileLocked(backupLock(project), async () => {
      const database = databaseOf(project)
      const known = readBackups(project)
      const pending = pendingUpgrade(project)
      const serving = known && servingOf(known)
      if (pending && serving?.cluster.version === version && known && !hasOwnBackup(known)) {
        // An interrupted upgrade came this far, so only its end is left.
        await endUpgrade(project, pending.kept.cluster, serving, emit)
        return { label: serving.label, before: pending.kept.label, heldMs: null }
      }
      refuseVersion(database, version)
      if (pending) throw upgradePending(project, pending.kept.label)
      return run(database, version, rehearse, emit)
    }),
  )

/** Refuses a version that is not newer. @throws GatlingError VERSION_NOT_NEWER. */
const refuseVersion = ({ project, cluster }: Database, wanted: string): void => {
  if (!/^[1-9]\d$/.test(wanted) || Number(wanted) <= Number(cluster.version))
    throw versionNotNewer(project, cluster.version, wanted)
}

const run = async (
  database: Database,
  version: string,
  rehearse: boolean,
  emit: (event: EventBody) => void,
): Promise<Upgraded> => {
  const { project } = database
  const known = readBackups(project)
  const before = known && servingOf(known)
  const backup = (await keptOf(project, database.cluster)).backups.filter(({ damaged }) => !damaged).at(-1)
  if (!known || !before || !backup) throw noBackups(project)
  const label = nextLabel(known)
  const copy = (): Copy => copyOf(project, label)
  const facts: Facts = { database, backup, newer: () => copy().cluster }
  const forget = (): Promise<void> => changeBackups(project, now => withoutCopy(now, label))
  let heldMs = 0
  await sayUnlogged(database, emit)
  await runActions(
    [
      installVersion(version),
      checkExtensions(database, version),
      { name: 'archive_until_now', run: () => archiveNow(project, database.cluster) },
      {
        name: 'check_room',
        run: () => refuseWithoutRoom('an upgrade', '/var/lib/postgresql', backup.databaseSize),
      },
      noteCopy(
        project,
        label,
        version,
        `${before.label}, PostgreSQL ${database.cluster.version}`,
        before.label,
      ),
      ...rehearsing(facts, ms => {
        heldMs = ms + switchMs
        if (!rehearse) emit({ type: 'note', text: plan(heldMs) })
      }),
      ...(rehearse
        ? [{ name: 'forget_copy', run: forget }]
        : replacing(facts, copy, ms => (heldMs = ms), emit)),
    ],
    { verb: version, project, kept: 'The database serves as before.', failed: upgradeFailed, emit },
  )
  if (!rehearse) {
    await noteServes(database, copy())
    await endUpgrade(project, database.cluster, copy(), emit)
  }
  return { label, before: before.label, heldMs }
}

const plan = (ms: number): string =>
  `the upgrade of a copy worked. Writes will be held for about ${Math.ceil(ms / 1_000)} s; reads go on, but for a second or two`

/**
 * Does the actions that can wait until the newer database is live. Failures are reported; nothing is undone from here
 * on.
 */
const endUpgrade = async (
  project: string,
  old: Cluster,
  { label, cluster }: Copy,
  emit: (event: EventBody) => void,
): Promise<void> => {
  const rest: readonly (readonly Action[])[] = [
    [{ name: 'gather_statistics', run: () => gatherStatistics(cluster) }],
    leaveOldPath(project, old, emit),
  ]
  for (const actions of rest)
    await runActions(actions, {
      verb: cluster.version,
      project,
      kept: `${label} serves.`,
      failed: upgradeFailed,
      emit,
    }).catch(error =>
      emit({ type: 'warning', text: error instanceof GatlingError ? error.message : String(error) }),
    )
}
