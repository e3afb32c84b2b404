import type { Command } from '../core/host.js'

/** Ends with 0 when sudo lets a user run a program; nothing is run (sudo(8)). */
export const mayRun = (user: string, program: string): Command => ({
  argv: ['sudo', '-n', '-l', '-U', user, program],
  quiet: true,
})
