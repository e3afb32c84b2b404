import type { Command } from '../core/host.js'

/**
 * Writes a line into the system's journal (logger(1)). The text is the input, because other users can read command
 * lines.
 */
export const note = (tag: string, text: string): Command => ({
  argv: ['logger', '--tag', tag, '--priority', 'auth.info'],
  input: text.replace(/\p{Cc}/gu, ' '),
  quiet: true,
})
