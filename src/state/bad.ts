import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Config } from './config.js'
import { readJson, writeJson } from './json-file.js'
import { appPaths } from './paths.js'

const markSchema = v.object({
  revision: v.string(),
  /** The release that was made of it. */
  release: v.number(),
  /** ISO 8601. */
  at: v.string(),
  code: v.string(),
  message: v.string(),
  /** The digest of the config values it was tried with, by `digestOf`. */
  config: v.string(),
})

/** Why a revision must not be deployed again. */
export type BadMark = v.InferOutput<typeof markSchema>

/** How many marks are kept. */
const keptMarks = 50

const badPath = (home: string, project: string): string => join(appPaths(home, project).root, 'bad.json')

const readMarks = (home: string, project: string): BadMark[] =>
  readJson(badPath(home, project), v.array(markSchema)) ?? []

/** Reads the mark of a revision; null: it has none. */
export const readBad = (home: string, project: string, revision: string): BadMark | null =>
  readMarks(home, project).find(mark => mark.revision === revision) ?? null

/** Marks a revision as bad. A new mark replaces an older one. */
export const markBad = (home: string, project: string, mark: BadMark): void => {
  const others = readMarks(home, project).filter(({ revision }) => revision !== mark.revision)
  writeJson(badPath(home, project), [...others, mark].slice(-keptMarks))
}

/** Removes a revision's mark. */
export const forgetBad = (home: string, project: string, revision: string): void => {
  const marks = readMarks(home, project)
  const others = marks.filter(mark => mark.revision !== revision)
  if (others.length < marks.length) writeJson(badPath(home, project), others)
}

/**
 * Computes a digest of config values, by which they can be compared. It reveals nothing, because it includes the
 * cookie, which nobody can guess.
 */
export const digestOf = ({ cookie, values }: Config): string => {
  const sorted = Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1))
  const said = JSON.stringify([cookie, sorted.map(([key, { value }]) => [key, value])])
  return createHash('sha256').update(said).digest('hex')
}
