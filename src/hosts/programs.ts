import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program is, and when it was put there; another one of the same name differs in one of the two. */
export const findProgram = (name: string, path = process.env['PATH']): string | null => {
  const place = placeOfProgram(name, path)
  return place === null ? null : `${place} ${look(place)?.mtimeMs}`
}

/** The first file of a program's name on a PATH. */
export const placeOfProgram = (name: string, path = process.env['PATH']): string | null =>
  (path ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(place => look(place)?.isFile()) ?? null

const look = (path: string) => {
  try {
    return statSync(path)
  } catch {
    // a folder that is not there, or may not be read
    return null
  }
}
