import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Returns the path of a program with the time of its last change, so that a replaced program gives another text. */
export const findProgram = (name: string, path = process.env['PATH']): string | null => {
  const place = placeOfProgram(name, path)
  return place === null ? null : `${place} ${look(place)?.mtimeMs}`
}

/** Finds the first file of a program's name on a PATH. */
export const placeOfProgram = (name: string, path = process.env['PATH']): string | null =>
  (path ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(place => look(place)?.isFile()) ?? null

const look = (path: string) => {
  try {
    return statSync(path)
  } catch {
    // The folder does not exist, or cannot be read.
    return null
  }
}
