import type { EventBody } from '../../core/event.js'
import { readSqlite } from '../../state/sqlite.js'
import { hasOwnBackup, servedBefore, servingOf } from '../backups/copies.js'
import { copyUnfinished, promoteServes } from '../backups/errors.js'
import { swapInstance } from '../renew.js'
import { runActions } from '../run-actions.js'
import { isLiveOn, noteFile, noteServes, pointAt, takeBack, whileAlone } from './alone.js'

/**
 * Makes the app use another of its SQLite files, by a swap. The old file stays beside it.
 * @returns the label of the old file.
 * @throws GatlingError NO_SQLITE, COPY_UNFINISHED, PROMOTE_SERVES or DATABASE_FAILED.
 */
export const promote = (project: string, label: string, emit: (event: EventBody) => void): Promise<string> =>
  whileAlone(project, emit, async () => {
    const before = await noteFile(project)
    const known = readSqlite(project)
    const file = known?.copies.find(one => one.label === label && one.state === 'there')
    if (!known || !file) throw copyUnfinished(project, label)
    if (servingOf(known)?.label === label) {
      // An interrupted promotion came this far. Its first backup is still missing, and follows this command.
      if (hasOwnBackup(known)) throw promoteServes(project, label)
      return servedBefore(known)
    }
    const actions = [
      { name: 'set_database_path', run: () => pointAt(project, file), undo: () => takeBack(project) },
      swapInstance(project, () => isLiveOn(project, file), emit),
    ]
    const kept = 'The file that served before still serves.'
    await runActions(actions, { verb: 'promote', more: label, project, kept, emit })
    // This is not one of the actions: the file is live, and nothing can be undone from here on.
    await noteServes(project, file)
    return before.label
  })
