import * as v from 'valibot'
import { readJson } from './json-file.js'
import { isAlive, ownerSchema } from './owner.js'
import { homePaths } from './paths.js'

const servingSchema = v.object({ owner: ownerSchema, port: v.number(), url: v.string() })

/** What the embedded mode of this home wrote about itself; it may have ended since. */
export const readServing = (home: string) => readJson(homePaths(home).serving, servingSchema)

export const isServing = (home: string): boolean => {
  const serving = readServing(home)
  return serving !== null && isAlive(serving.owner)
}
