import { convergeAndNote, openDoor } from '../../server/door.js'
import { isDeploying } from '../../state/runs.js'
import { serverPaths } from '../../state/server.js'
import { tell } from '../output.js'

/** Root's side of one app, until nobody needs it. */
export const door = (project: string): Promise<void> => openDoor(project, line => tell(line))

/** At boot, and for `service <project> start`. */
export const convergeCommand = (project: string): Promise<void> =>
  convergeAndNote(project, !mayBeDeploying(project))

/** A running deploy owns what it has started. Unreadable records must not keep an app down. */
const mayBeDeploying = (project: string): boolean => {
  try {
    return isDeploying(serverPaths.home, project)
  } catch {
    return true
  }
}
