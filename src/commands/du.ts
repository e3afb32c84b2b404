import type { Command } from '../core/host.js'

/** What a folder takes on this disk, and what is in it down to two levels, in KiB; links are not followed (du(1)). */
export const sizes = (path: string): Command => ({
  argv: ['du', '--max-depth=2', '-k', '-x', '-P', '--', path],
  quiet: true,
})
