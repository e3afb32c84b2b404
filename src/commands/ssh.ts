import type { Command } from '../core/host.js'

/** A command line for the other machine, by the system's ssh, with all that the user's own configuration says. */
export const ssh = (destination: string, port: string | null, line: string, terminal: boolean): Command => ({
  argv: ['ssh', ...(port === null ? [] : ['-p', port]), terminal ? '-t' : '-T', '--', destination, line],
  quiet: true,
})
