import type { EventBody } from '../core/event.js'
import { readBackups } from '../state/backups.js'
import { aloneAfter } from './alone-after.js'
import { finishPromotion } from './backups/finish-promotion.js'
import { removeUnfinished } from './backups/unfinished.js'

/** Changes the PostgreSQL databases of an app while nothing else does; see {@link aloneAfter}. */
export const whileAlone = aloneAfter(finishPromotion, removeUnfinished)

/** Ends an interrupted promotion, so that the state read next is true. */
export const settle = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  if (readBackups(project)?.promoting != null) await whileAlone(project, emit, async () => {})
}
