import type { Command } from '../core/host.js'

/** Prints the size of a folder on this disk, and of two levels inside it, in KiB. It does not follow links (du(1)). */
export const sizes = (path: string): Command => ({
  argv: ['du', '--max-depth=2', '-k', '-x', '-P', '--', path],
  quiet: true,
})

/** Reads the output of du(1): bytes by path. */
export const parseSizes = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split('\n').flatMap(line => {
      const [, kib, path] = /^(\d+)\t(.*)$/.exec(line) ?? []
      return kib === undefined || path === undefined ? [] : [[path, Number(kib) * 1024] as const]
    }),
  )
