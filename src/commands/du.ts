import type { Command } from '../core/host.js'

/** What a folder takes on this disk, and what is in it down to two levels, in KiB; links are not followed (du(1)). */
export const sizes = (path: string): Command => ({
  argv: ['du', '--max-depth=2', '-k', '-x', '-P', '--', path],
  quiet: true,
})

/** What du(1) says: bytes by path. */
export const parseSizes = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split('\n').flatMap(line => {
      const [, kib, path] = /^(\d+)\t(.*)$/.exec(line) ?? []
      return kib === undefined || path === undefined ? [] : [[path, Number(kib) * 1024] as const]
    }),
  )
