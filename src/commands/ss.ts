import type { Command } from '../core/host.js'

/** The TCP sockets somebody listens on, one a line, with the processes that hold them (ss(8)). */
export const listeners: Command = { argv: ['ss', '-ltnpH'], quiet: true }
