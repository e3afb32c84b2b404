import { receive } from '../../push/receive.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { tell } from '../output.js'
import { renderEvent } from '../render.js'

/** Called by git, with its messages on standard input and output; standard error is shown to who pushes. */
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
