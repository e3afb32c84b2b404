import type { Command } from '../core/host.js'

/** Ends with 0 if sudo allows a user to run a program. It runs nothing (sudo(8)). */
export const mayRun = (user: string, program: string): Command => ({
  argv: ['sudo', '-n', '-l', '-U', user, program],
  quiet: true,
})
