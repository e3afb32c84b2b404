import type { AskedTask } from '../../core/env.js'
import { followRun } from '../../runs/start.js'
import { gatlingHome } from '../../state/paths.js'
import { printJsonLine, tell } from '../output.js'
import { renderEvent } from '../render.js'

/** Shows a run until it ends. The exit code is 0 if it succeeded. */
export const watchRun = async (
  project: string,
  number: number,
  { json = false, task }: { readonly json?: boolean | undefined; readonly task?: AskedTask } = {},
): Promise<void> => {
  for await (const event of followRun(gatlingHome(), project, number, task)) {
    if (json) printJsonLine(event)
    else tell(...renderEvent(event))
    if (event.type === 'end' && event.outcome !== 'ok') process.exitCode = 1
  }
}
