import type { Command } from '../core/host.js'

/** Lists the TCP sockets that processes listen on, one a line, with these processes (ss(8)). */
export const listeners: Command = { argv: ['ss', '-ltnpH'], quiet: true }

/**
 * Lists the unix sockets of this machine, one a line: five columns, then `* INODE` of the socket and of its peer
 * (ss(8)).
 */
export const streams: Command = { argv: ['ss', '-xH'], quiet: true }
