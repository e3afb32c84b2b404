import * as v from 'valibot'
import type { Live } from '../core/env.js'
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

/** A release in words. */
export const describeLive = ({ release, version, revision }: Live): string =>
  `release ${release} (${version}, ${revision.slice(0, 7)})`

/** Where an app answers. */
export const urlOf = (live: Live, proxyPort: number | undefined): string =>
  `http://${live.domains[0] ?? 'localhost'}:${proxyPort ?? ''}`
