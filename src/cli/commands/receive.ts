import { receive } from '../../push/receive.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { tell } from '../output.js'
import { renderEvent } from '../render.js'

/**
 * Receives a push. git calls it, with its messages on standard input and output. The person who pushes sees standard
 * error.
 */
export const receiveCommand = async (project: string): Promise<void> => {
  const home = gatlingHome()
  readApp(home, project)
  await receive({
    home,
    project,
    input: process.stdin,
    output: process.stdout,
    show: event => tell(...renderEvent(event)),
    say: text => tell(text),
  })
}
