import type { EventBody } from '../core/event.js'
import { whileLocked } from '../hosts/lock.js'
import { readBackups } from '../state/backups.js'
import { serverPaths } from '../state/server.js'
import { finishPromotion } from './backups/finish-promotion.js'
import { removeUnfinished } from './backups/unfinished.js'

/**
 * Does something to the databases of an app while nothing else does. What was interrupted is ended before, or
 * removed: until then it is not known which of them serves.
 * @throws GatlingError LOCK_HELD.
 */
export const whileAlone = <Value>(
  project: string,
  emit: (event: EventBody) => void,
  work: () => Promise<Value>,
): Promise<Value> =>
  whileLocked(serverPaths.lock(`database-${project}`), async () => {
    await finishPromotion(project, emit)
    await removeUnfinished(project, emit)
    return work()
  })

/** Ends an interrupted promotion, so that what is read next is so. */
export const settle = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  if (readBackups(project)?.promoting != null) await whileAlone(project, emit, async () => {})
}
