import type { Command } from '../core/host.js'

/**
 * Asks the terminal database whether a terminal can move its cursor up (tput(1)). Status 3: it does not know the
 * terminal.
 */
export const canMoveUp = (terminal: string): Command => ({
  argv: ['tput', '-T', terminal, 'cuu1'],
  quiet: true,
})
