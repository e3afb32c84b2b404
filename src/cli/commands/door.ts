import { convergeAndNote } from '../../server/converge-app.js'
import { openDoor } from '../../server/door.js'
import { isDeploying } from '../../state/runs.js'
import { readRegistered, serverPaths } from '../../state/server.js'
import { tell } from '../output.js'

/** Serves root's side of one app, until nobody needs it. */
export const door = (project: string): Promise<void> => openDoor(project, line => tell(line))

/** Converges an app, at boot and for `service <project> start`. */
export const convergeCommand = async (project: string): Promise<void> => {
  await convergeAndNote(project, !mayBeDeploying(project))
  if (!readRegistered(project)?.scale) return
  const { catchUp } = await import('../../server/tell-fleet.js')
  await catchUp(project)
}

/**
 * Tells whether a deploy could be running, which owns what it has started. If the records cannot be read, the answer is
 * yes, so that they cannot keep an app down.
 */
export const mayBeDeploying = (project: string): boolean => {
  try {
    return isDeploying(serverPaths.home, project)
  } catch {
    return true
  }
}
