import { canMoveUp } from '../commands/tput.js'
import { runCommand } from './capture.js'

/** Status of tput(1) for a terminal that this machine's database does not have, as of one newer than the machine. */
const unknown = 3

/**
 * The kind of terminal that this process can edit lines in, for TERM: its own, or xterm, which nearly all are like, where this
 * machine does not know it. null: it has none, or one that cannot move its cursor.
 */
export const editingTerminal = async (): Promise<string | null> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return null
  const own = process.env['TERM'] || 'xterm'
  const { status } = await runCommand(canMoveUp(own))
  if (status === unknown) return 'xterm'
  return status === 0 ? own : null
}
