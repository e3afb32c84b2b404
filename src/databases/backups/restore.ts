import * as pgbackrest from '../../commands/pgbackrest.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { type Backups, type Copy, changeBackups, readBackups } from '../../state/backups.js'
import type { Cluster, Database } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { type Action, runActions } from '../action.js'
import { whileAlone } from '../alone.js'
import { databaseOf } from '../lookup.js'
import { archiveNow } from './backup.js'
import { type Choice, chooseBackup, type Wanted } from './choose.js'
import { nextLabel, servingAt, withCopy, withoutCopy } from './copies.js'
import { copyUnfinished, noBackups, restoreRefused } from './errors.js'
import {
  adoptCluster,
  awaitReplay,
  prepareFolder,
  refreshLogins,
  removeCluster,
  startCluster,
} from './make-copy.js'
import { portForCopy } from './ports.js'
import type { Backup } from './repository.js'
import { keptOf, lossesOf, refuseWithoutRoom, runTool, stanzaOf } from './tool.js'

type Chosen = Extract<Choice, { backup: Backup }>

/**
 * Restores a backup into a new cluster beside the one that serves, which nothing touches.
 * @returns the copy.
 * @throws GatlingError NO_DATABASE, NO_BACKUPS, RESTORE_REFUSED, ROOM_MISSING or DATABASE_FAILED.
 */
export const restore = async (
  project: string,
  wanted: Wanted,
  emit: (event: EventBody) => void,
): Promise<Copy> =>
  whileAlone(project, emit, async () => {
    const database = databaseOf(project)
    await removeUnfinished(project, emit)
    const known = readBackups(project)
    if (!known) throw noBackups(project)
    const { backup, target } = await choose(project, known, wanted)
    const label = nextLabel(known)
    const chosen = { database, label, backup, target }
    await runActions(restoring(chosen, emit), {
      verb: 'restore',
      project,
      kept: 'The database serves as before, and nothing of the restored one is left.',
      emit,
    })
    return copyOf(project, label)
  })

const copyOf = (project: string, label: string): Copy => {
  const copy = readBackups(project)?.copies.find(one => one.label === label)
  if (!copy) throw copyUnfinished(project, label)
  return copy
}

/** Removes what a restore that was killed has left. */
const removeUnfinished = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  for (const copy of readBackups(project)?.copies.filter(({ state }) => state === 'making') ?? []) {
    emit({ type: 'note', text: `removes ${copy.label}, which an interrupted restore has left` })
    await removeCluster(copy.cluster)
    await changeBackups(project, known => withoutCopy(known, copy.label))
  }
}

/** @throws GatlingError RESTORE_REFUSED, with what there is. */
const choose = async (project: string, known: Backups, wanted: Wanted): Promise<Chosen> => {
  const sources = 'at' in wanted ? [servingAt(known, wanted.at)] : known.copies
  const all: Backup[] = []
  for (const copy of sources) if (copy) all.push(...(await keptOf(project, copy.cluster)).backups)
  const choice = chooseBackup(wanted, all, lossesOf(project), new Date())
  if ('backup' in choice) return choice
  const every: Backup[] = []
  for (const { cluster } of known.copies) every.push(...(await keptOf(project, cluster)).backups)
  throw restoreRefused(project, choice.refused, every)
}

interface Facts extends Chosen {
  readonly database: Database
  readonly label: string
}

const restoring = (
  { database, label, backup, target }: Facts,
  emit: (event: EventBody) => void,
): readonly Action[] => {
  const { project } = database
  const name = `${project}.${label}`
  const version = database.cluster.version
  const cluster = (): Cluster => copyOf(project, label).cluster
  return [
    {
      name: 'check_room',
      run: () => refuseWithoutRoom('a restore', '/var/lib/postgresql', backup.databaseSize),
    },
    {
      name: 'archive_until_now',
      // What is restored to its own end needs nothing later; what served before has all its WAL in the archive.
      isMade: () => target.type === 'immediate' || database.cluster.name !== backup.stanza,
      run: () => archiveNow(project, database.cluster).catch(error => sayArchived(emit, error)),
    },
    {
      name: 'note_copy',
      run: () =>
        whileLocked(serverPaths.lock('databases'), async () => {
          const port = await portForCopy()
          await changeBackups(project, known =>
            withCopy(known, {
              label,
              cluster: { version, name, port },
              made_at: new Date().toISOString(),
              from: target.type === 'immediate' ? `backup ${backup.id}` : target.at,
              state: 'making',
              served: [],
            }),
          )
        }),
      undo: () => changeBackups(project, known => withoutCopy(known, label)),
    },
    {
      name: 'restore_files',
      run: async () => {
        const folder = await prepareFolder(cluster())
        await runTool(
          pgbackrest.restore(stanzaOf(project, { name: backup.stanza }), backup.id, folder, target),
        )
      },
      undo: () => removeCluster(cluster()),
    },
    { name: 'configure_copy', run: () => adoptCluster(database, cluster()) },
    { name: 'start_copy', run: () => startCluster(cluster()) },
    { name: 'replay_wal', run: () => awaitReplay(cluster()) },
    { name: 'refresh_logins', run: () => refreshLogins(database, cluster()) },
    {
      name: 'keep_copy',
      run: () =>
        changeBackups(project, known => withCopy(known, { ...copyOf(project, label), state: 'there' })),
    },
  ]
}

/** A cluster that is broken is what a restore is for. */
const sayArchived = (emit: (event: EventBody) => void, error: unknown): void =>
  emit({
    type: 'warning',
    text: `only what is in the archive already can be restored: ${error instanceof Error ? error.message : String(error)}`,
  })
