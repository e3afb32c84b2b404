import { convergeAndNote, openDoor } from '../../server/door.js'
import { tell } from '../output.js'

/** Root's side of one app, until nobody needs it. */
export const door = (project: string): Promise<void> => openDoor(project, line => tell(line))

/** At boot, and for `service <project> start`. */
export const convergeCommand = (project: string): Promise<void> => convergeAndNote(project, false)
