import { canMoveUp } from '../commands/tput.js'
import { runCommand } from './capture.js'

/** The status of tput(1) for a terminal that this machine's database does not have, such as a newer one. */
const unknown = 3

/**
 * Finds the kind of terminal, for TERM, in which this process can edit lines. If this machine does not know the kind, it is
 * xterm, because nearly all terminals are like it. null: there is no terminal, or it cannot move its cursor.
 */
export const editingTerminal = async (): Promise<string | null> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return null
  const own = process.env['TERM'] || 'xterm'
  const { status } = await runCommand(canMoveUp(own))
  if (status === unknown) return 'xterm'
  return status === 0 ? own : null
}
