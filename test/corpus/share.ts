import { copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Copies a folder, but links a file that is the same in the folder `like`: most files of a release are. */
export const copySharing = (from: string, to: string, like: string | null): void => {
  mkdirSync(to, { recursive: true })
  for (const { name } of readdirSync(from, { withFileTypes: true })) {
    const [source, target, other] = [
      join(from, name),
      join(to, name),
      like === null ? null : join(like, name),
    ]
    if (lstatSync(source).isDirectory()) copySharing(source, target, other)
    else if (other !== null && isSameFile(source, other)) linkSync(other, target)
    else copyFileSync(source, target)
  }
}

const isSameFile = (one: string, other: string): boolean => {
  const [a, b] = [statSync(one), statSync(other, { throwIfNoEntry: false })]
  if (!b?.isFile() || a.size !== b.size || a.mode !== b.mode) return false
  return readFileSync(one).equals(readFileSync(other))
}
