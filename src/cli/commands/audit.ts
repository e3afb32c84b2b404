import { type Entry, readAudit } from '../../access/audit.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Prints the audit, the newest entry last. */
export const audit = async (
  project: string | undefined,
  options: { json?: boolean; lines: string },
): Promise<void> => {
  const count = Number(options.lines)
  if (!Number.isInteger(count) || count < 1)
    throw usage(`${options.lines} is not a number of entries`, 'Give a whole number: -n 50')
  const entries = readAudit(gatlingHome())
    .filter(entry => project === undefined || entry.project === project)
    .slice(-count)
  if (options.json) return printJson(entries)
  if (entries.length === 0) return print('Nothing has been done yet.')
  print(...table([['WHEN', 'WHO', 'FROM', 'APP', 'WHAT', 'OUTCOME', ''], ...entries.map(row)]))
}

const row = ({ at, who, from, project, action, outcome, code, detail }: Entry): string[] =>
  [
    at.replace(/\.\d+Z$/, 'Z'),
    who,
    from ?? '-',
    project ?? '-',
    action,
    [outcome ?? '-', ...(code ? [code] : [])].join(' '),
    detail,
  ].map(harmless)

/** Removes control characters: the words of an app's user must not control the reader's terminal. */
const harmless = (text: string): string => text.replace(/\p{Cc}/gu, ' ')
