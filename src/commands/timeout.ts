import type { Command } from '../core/host.js'

/** Limits the time of a command. It is stopped after that time, and killed a second later (timeout(1)). */
export const within = (seconds: number, command: Command): Command => ({
  ...command,
  argv: ['timeout', '--kill-after=1', String(seconds), ...command.argv],
})
