import type { Command } from '../core/host.js'

/** Tests the whole configuration of nginx, with every site of the machine. */
export const test: Command = { argv: ['nginx', '-q', '-t'], quiet: true }
/** Prints the whole configuration of nginx, each file under its path. */
export const dump: Command = { argv: ['nginx', '-q', '-T'], quiet: true }
