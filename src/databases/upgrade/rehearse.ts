import type { Action } from '../../core/action.js'
import type { Counts } from '../../state/backups.js'
import type { Cluster, Database } from '../../state/database.js'
import { countRows, countRowsAt } from '../backups/counts.js'
import { catchUp, endReplay, followerOf, startFollower, stopFollower } from '../backups/follower.js'
import type { Backup } from '../backups/repository.js'
import { removeMade } from '../backups/unfinished.js'
import { damagedPages, differences } from '../backups/verify.js'
import { clusterPaths, socketOf } from '../cluster.js'
import { convert, makeNewer, startNewer } from './convert.js'
import { rehearsalDiffers } from './errors.js'

/** The databases of an upgrade. */
export interface Facts {
  readonly database: Database
  /** Returns the newer cluster. It has its port once it is noted. */
  readonly newer: () => Cluster
  /** The backup that its data comes from. */
  readonly backup: Backup
}

/** How long to wait for a copy that makes no progress, in ms. */
export const patienceMs = 120_000

/** Makes a copy that follows the database, and the empty cluster into which it will be converted. */
export const makeBoth = async ({ database, newer, backup }: Facts): Promise<void> => {
  await startFollower(database, newer(), backup)
  await makeNewer(database, newer())
}

/**
 * Upgrades a copy, compares it with its state before, reads every page, and removes it.
 * @param took gets the duration of the upgrade, in ms.
 */
export const rehearsing = (facts: Facts, took: (ms: number) => void): readonly Action[] => {
  const { database, newer } = facts
  const { project } = database
  const found: Counts[] = []
  const remove = (): Promise<void> => removeMade(project, newer())
  return [
    { name: 'rehearse_copy', run: () => makeBoth(facts), undo: remove },
    {
      name: 'rehearse_upgrade',
      run: async () => {
        await catchUp(database, newer(), patienceMs)
        const started = performance.now()
        await endReplay(project, newer())
        const counted = performance.now()
        found.push(await countRowsAt(followerOf(project, newer()).socket))
        const counting = performance.now() - counted
        await stopFollower(project, newer())
        await convert(database, newer())
        await startNewer(newer())
        took(performance.now() - started - counting)
      },
    },
    {
      name: 'compare_tables',
      run: async () => {
        const now = await countRows(newer())
        const wrong = found.flatMap(before => differences(before, now))
        if (wrong.length > 0) throw rehearsalDiffers(wrong)
      },
    },
    {
      name: 'check_pages',
      run: async () => {
        const wrong = await damagedPages(clusterPaths(newer()).programs, socketOf(newer()))
        if (wrong.length > 0) throw rehearsalDiffers(wrong)
      },
    },
    { name: 'remove_rehearsal', run: remove },
  ]
}
