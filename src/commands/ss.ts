import type { Command } from '../core/host.js'

/** The TCP sockets somebody listens on, one a line, with the processes that hold them (ss(8)). */
export const listeners: Command = { argv: ['ss', '-ltnpH'], quiet: true }

/** The sockets within this machine, one a line: five columns, then `* INODE` of the socket and of its peer (ss(8)). */
export const streams: Command = { argv: ['ss', '-xH'], quiet: true }
