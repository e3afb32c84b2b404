import type { Command } from '../core/host.js'

/** A line in the system's journal (logger(1)). On the command line others could read it. */
export const note = (tag: string, text: string): Command => ({
  argv: ['logger', '--tag', tag, '--priority', 'auth.info'],
  input: text.replace(/\p{Cc}/gu, ' '),
  quiet: true,
})
