import { type Top, topOf } from '../../queries/top.js'
import { gatlingHome } from '../../state/paths.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'
import { figureCells, figureTitles, noApps } from './metrics.js'

/** The shown time: the last whole minute, and the current one. */
const sinceMs = 60_000
const everyMs = 2_000

/** Shows the state and the present metrics of every app. In a terminal it repeats that until Ctrl-C. */
export const top = async (project: string | undefined, options: { json?: boolean }): Promise<void> => {
  const look = topOf(gatlingHome(), sinceMs, project)
  if (options.json) return printJson(await look())
  if (!process.stdout.isTTY) return print(...linesOf(await look()))
  process.stdout.write(clear)
  while (true) {
    const found = await look()
    const lines = [
      `${found.to.slice(11, 19)} UTC; the last minute, the worst app first; Ctrl-C ends`,
      '',
      ...linesOf(found),
    ]
    process.stdout.write(home)
    for (const line of lines.slice(0, process.stdout.rows - 1)) {
      process.stdout.write(toEnd)
      print(line)
    }
    process.stdout.write(below)
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}

const linesOf = ({ apps }: Top): readonly string[] =>
  apps.length === 0
    ? noApps
    : table([
        ['PROJECT', 'STATE', ...figureTitles],
        ...apps.map(app => [app.project, app.state, ...figureCells(app)]),
      ])

// The commands of a terminal (console_codes(4)): clear it all; go to its first line; clear to the end of a line; clear
// all below.
const clear = '\u001b[2J'
const home = '\u001b[H'
const toEnd = '\u001b[K'
const below = '\u001b[J'
