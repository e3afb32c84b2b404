import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { type Backups, type Copy, changeBackups, type Point, readBackups } from '../../state/backups.js'
import type { Cluster, Database } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { whileAlone } from '../alone.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { noStorage } from '../storage/errors.js'
import { type Choice, type Chosen, chooseBackup, type Loss, type Wanted } from './choose.js'
import { storageOf } from './config.js'
import { nextLabel, servingAt, withCopy, withoutCopy } from './copies.js'
import { copyUnfinished, noBackups, restoreRefused } from './errors.js'
import { fillCluster } from './fill-cluster.js'
import { archiveNow } from './make-backup.js'
import { refreshLogins, removeCluster } from './make-copy.js'
import { choosePoint, pointOf } from './points.js'
import { freePort } from './ports.js'
import type { Backup, Place } from './repository.js'
import { keptOf, lossesOf, refuseWithoutRoom } from './tool.js'

/**
 * Restores a backup into a new cluster beside the live one, which does not change.
 * @param place the place of the backup; null: this machine, or the storage if this machine has none.
 * @returns the copy.
 * @throws GatlingError NO_DATABASE, NO_STORAGE, NO_BACKUPS, RESTORE_REFUSED, ROOM_MISSING or DATABASE_FAILED.
 */
export const restore = async (
  project: string,
  wanted: Wanted,
  place: Place | null,
  emit: (event: EventBody) => void,
): Promise<Copy> =>
  whileAlone(project, emit, async () => {
    const places = placesFor(project, place)
    const database = databaseOf(project)
    const known = readBackups(project)
    if (!known) throw noBackups(project)
    const { backup, target } = await choose(project, known, wanted, places)
    const from = 'before' in wanted ? `the moment before release ${wanted.before}` : fromOf(backup, target)
    const label = nextLabel(known)
    const chosen = { database, label, from, backup, target }
    await runActions(restoring(chosen, emit), {
      verb: 'restore',
      project,
      kept: 'The database serves as before, and nothing of the restored one is left.',
      emit,
    })
    return copyOf(project, label)
  })

const fromOf = ({ id }: Backup, target: Chosen['target']): string =>
  'at' in target ? target.at : `backup ${id}`

export const copyOf = (project: string, label: string): Copy => {
  const copy = readBackups(project)?.copies.find(one => one.label === label)
  if (!copy) throw copyUnfinished(project, label)
  return copy
}

/**
 * Chooses in one place after the other: the storage can have backups that this machine no longer has.
 * @throws GatlingError RESTORE_REFUSED, with the backups that exist; BACKUP_TOOL_FAILED: no place can be read.
 */
const choose = async (
  project: string,
  known: Backups,
  wanted: Wanted,
  places: readonly Place[],
): Promise<Chosen> => {
  const [place = 'here', ...others] = places
  const losses = lossesOf(project)
  try {
    const point = 'before' in wanted ? pointOf(known, wanted.before) : null
    const all = await allOf(project, sourcesOf(known, wanted, point), place)
    const choice = choiceOf(wanted, point, all, losses)
    if ('backup' in choice) return choice
    throw restoreRefused(project, choice.refused, await allOf(project, known.copies, place))
  } catch (error) {
    if (others.length === 0) throw error
    // If no place has it, the error is about this machine.
    return choose(project, known, wanted, others).catch(() => {
      throw error
    })
  }
}

const allOf = async (project: string, copies: readonly Copy[], place: Place): Promise<readonly Backup[]> => {
  const all: Backup[] = []
  for (const copy of copies) all.push(...(await keptOf(project, copy.cluster, place)).backups)
  return all
}

/** Returns the places to look in. @throws GatlingError NO_STORAGE. */ const placesFor = (
  project: string,
  from: Place | null,
): readonly Place[] => {
  const storage = storageOf(project)
  if (from === 'storage' && !storage) throw noStorage()
  return from === null ? (storage ? ['here', 'storage'] : ['here']) : [from]
}

/** Returns the databases whose backups can contain the wanted moment. */
const sourcesOf = (known: Backups, wanted: Wanted, point: Point | null): readonly Copy[] => {
  if ('backup' in wanted) return known.copies
  if ('at' in wanted) return known.copies.filter(copy => copy === servingAt(known, wanted.at))
  return known.copies.filter(({ label }) => label === point?.of)
}

const choiceOf = (
  wanted: Wanted,
  point: Point | null,
  backups: readonly Backup[],
  losses: readonly Loss[],
): Choice => {
  if (!('before' in wanted)) return chooseBackup(wanted, backups, losses, new Date())
  return point === null ? { refused: 'no-point' } : choosePoint(point, backups, losses)
}

interface Facts extends Chosen {
  readonly database: Database
  readonly label: string
  /** Its source, in words. */
  readonly from: string
}

const restoring = (
  { database, label, from, backup, target }: Facts,
  emit: (event: EventBody) => void,
): readonly Action[] => {
  const { project, connections } = database
  const cluster = (): Cluster => copyOf(project, label).cluster
  return [
    {
      name: 'check_room',
      run: () => refuseWithoutRoom('a restore', '/var/lib/postgresql', backup.databaseSize),
    },
    {
      name: 'archive_until_now',
      // A restore to the end of a backup needs no later WAL. A cluster that is no longer live has all its WAL in the
      // archive.
      isMade: () => target.type === 'immediate' || database.cluster.name !== backup.stanza,
      run: () => archiveNow(project, database.cluster, backup.place).catch(error => sayArchived(emit, error)),
    },
    // A backup from before an upgrade is of the older version.
    noteCopy(project, label, versionOf(project, backup) ?? database.cluster.version, from),
    ...fillCluster({ backup, target, of: project, like: database.cluster, project, connections, cluster }),
    { name: 'refresh_logins', run: () => refreshLogins(database, cluster()) },
    keepCopy(project, label),
  ]
}

/** Notes a copy before it is made, so that the next run finds what a killed one left. */
export const noteCopy = (
  project: string,
  label: string,
  version: string,
  from: string,
  upgraded_from?: string,
): Action => ({
  name: 'note_copy',
  run: () =>
    // Without the lock, two new databases could choose the same port.
    whileLocked(serverPaths.lock('databases'), async () => {
      const port = await freePort()
      await changeBackups(project, known =>
        withCopy(known, {
          label,
          cluster: { version, name: `${project}.${label}`, port },
          made_at: new Date().toISOString(),
          from,
          ...(upgraded_from === undefined ? {} : { upgraded_from }),
          state: 'making',
          served: [],
        }),
      )
    }),
  undo: () => changeBackups(project, known => withoutCopy(known, label)),
})

/** Notes that a copy is complete. It stays until it has not been live for some days. */
export const keepCopy = (project: string, label: string): Action => ({
  name: 'keep_copy',
  run: () => changeBackups(project, known => withCopy(known, { ...copyOf(project, label), state: 'there' })),
})

/** Removes a copy that was never live. */
export const removeCopy = async (project: string, label: string): Promise<void> => {
  await removeCluster(copyOf(project, label).cluster)
  await changeBackups(project, known => withoutCopy(known, label))
}

const versionOf = (project: string, { stanza }: Backup): string | undefined =>
  readBackups(project)?.copies.find(({ cluster }) => cluster.name === stanza)?.cluster.version

/** Warns, but does not refuse: a restore is for broken clusters, too. */
const sayArchived = (emit: (event: EventBody) => void, error: unknown): void =>
  emit({
    type: 'warning',
    text: `only changes that are already in the archive can be restored: ${error instanceof Error ? error.message : String(error)}`,
  })
