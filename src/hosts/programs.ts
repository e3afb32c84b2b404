import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program is, and when it was put there; another one of the same name differs in one of the two. */
export const findProgram = (name: string, path = process.env['PATH']): string | null => {
  for (const folder of (path ?? '').split(delimiter)) {
    const found = look(join(folder, name))
    if (found?.isFile()) return `${join(folder, name)} ${found.mtimeMs}`
  }
  return null
}

const look = (path: string) => {
  try {
    return statSync(path)
  } catch {
    // a folder that is not there, or may not be read
    return null
  }
}
