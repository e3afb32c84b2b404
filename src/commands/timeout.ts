import type { Command } from '../core/host.js'

/** The same command, stopped when it takes longer, and killed a second later (timeout(1)). */
export const within = (seconds: number, command: Command): Command => ({
  ...command,
  argv: ['timeout', '--kill-after=1', String(seconds), ...command.argv],
})
