import type { EventBody } from '../../core/event.js'
import type { Copy } from '../../state/backups.js'
import { whileAlone } from '../alone.js'
import { servingOf } from '../backups/copies.js'
import { remove } from '../backups/tidy.js'
import { liveRecords } from '../live.js'
import { databaseOf } from '../lookup.js'
import { runActions } from '../run-actions.js'
import { noUpgrade } from './errors.js'
import { isOldPathOpen, leaveOldPath } from './switch.js'

export interface Pending {
  /** The database from before the upgrade. */
  readonly kept: Copy
  /** The time when the newer one became live, ISO 8601. Only the newer one has the changes since then. */
  readonly since: string
}

/**
 * Returns the upgrade of a database that can still be undone; null: there is none.
 * @throws GatlingError STATE_BROKEN.
 */
export const pendingUpgrade = (project: string): Pending | null => {
  const known = liveRecords(project).backups
  const serving = known && servingOf(known)
  const kept = known?.copies.find(({ label, state }) => label === serving?.upgraded_from && state === 'there')
  return serving && kept ? { kept, since: serving.served.at(-1)?.from ?? serving.made_at } : null
}

/** Returns the upgrade that can still be undone. @throws GatlingError NO_DATABASE or NO_UPGRADE. */
export const mustBePending = (project: string): Pending => {
  databaseOf(project)
  const pending = pendingUpgrade(project)
  if (!pending) throw noUpgrade(project)
  return pending
}

/**
 * Removes the database from before an upgrade. Its backups stay for 14 days.
 * @returns the removed database.
 * @throws GatlingError NO_DATABASE, NO_UPGRADE or DATABASE_FAILED.
 */
export const finishUpgrade = (project: string, emit: (event: EventBody) => void): Promise<Copy> =>
  whileAlone(project, emit, async () => {
    const { kept } = mustBePending(project)
    await runActions(
      [
        ...(isOldPathOpen(kept.cluster) ? leaveOldPath(project, kept.cluster, emit) : []),
        { name: 'remove_old_cluster', run: () => remove(project, kept) },
      ],
      { verb: 'upgrade --finish', project, kept: 'The upgraded database serves as before.', emit },
    )
    return kept
  })
