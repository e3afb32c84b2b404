import type { Command } from '../core/host.js'

/** Tests all that nginx is configured to, every site of the machine. */
export const test: Command = { argv: ['nginx', '-q', '-t'], quiet: true }
/** Prints all that nginx is configured to, each file under its path. */
export const dump: Command = { argv: ['nginx', '-q', '-T'], quiet: true }
