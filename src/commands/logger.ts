import type { Command } from '../core/host.js'

/** A line in the system's journal (logger(1)). */
export const note = (tag: string, text: string): Command => ({
  argv: ['logger', '--tag', tag, '--priority', 'auth.info', '--', text],
  quiet: true,
})
