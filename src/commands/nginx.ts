import type { Command } from '../core/host.js'

/** Tests all that nginx is configured to, every site of the machine. */
export const test: Command = { argv: ['nginx', '-q', '-t'], quiet: true }
