import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Host } from '../../../core/host.js'
import { readIfThere, writeWhole } from '../../../hosts/files.js'
import { compareReleases } from '../commands/erlang.js'
import type { Change, Comparison } from '../upgrade/engine.js'
import { answerIn, findingsSchema } from './answer.js'
import { sameModules } from './same-files.js'

/** Two releases compared. */
export interface Compared {
  readonly comparison: Comparison
  /** The differences, as an Erlang term for the node. */
  readonly changes: string
}

/** Compares two releases in a new VM. @param work an existing folder. */
export const compare = async (
  host: Host,
  engine: string,
  work: string,
  { from, to, own, direction, dependencies }: Change,
): Promise<Compared> => {
  const changes = join(work, 'changes')
  const same = join(work, 'same')
  const [old, next] = [realpathSync(from), realpathSync(to)]
  writeFileSync(same, sameModules(old, next).join('\n'))
  const output = await host.run(
    compareReleases(engine, {
      old,
      new: next,
      same,
      own: own.join(','),
      direction,
      dependencies,
      changes,
    }),
  )
  return { comparison: v.parse(comparisonSchema, answerIn(output)), changes: readFileSync(changes, 'utf8') }
}

/** The folder of kept comparisons, and how many it holds. */
export interface Comparisons {
  readonly folder: string
  readonly room: number
}

/** Keeps a comparison for the next deploy that needs it, and removes the oldest if there are too many. */
export const keep = (
  { folder, room }: Comparisons,
  engine: string,
  change: Change,
  compared: Compared,
): void => {
  const of = identityOf(engine, change)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeWhole(keptPath(folder, of), JSON.stringify({ of, ...compared }))
  const paths = readdirSync(folder).map(name => join(folder, name))
  if (paths.length <= room) return
  const newest = paths.sort((one, other) => writtenAt(other) - writtenAt(one))
  for (const path of newest.slice(room)) rmSync(path, { force: true })
}

/** Returns the kept comparison of these releases; null: there is none. */
export const kept = ({ folder }: Comparisons, engine: string, change: Change): Compared | null => {
  const of = identityOf(engine, change)
  try {
    const found = v.parse(keptSchema, JSON.parse(readIfThere(keptPath(folder, of)) ?? ''))
    return found.of === of ? found : null
  } catch {
    // A kept comparison only saves time, so Gatling compares again.
    return null
  }
}

const keptPath = (folder: string, of: string): string =>
  join(folder, `${createHash('sha256').update(of).digest('hex').slice(0, 24)}.json`)

/** Returns when a file was written; 0: another deploy has removed it. */
const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Returns a text of all that a comparison depends on. The content of a release never changes. */
const identityOf = (engine: string, { from, to, own, direction, dependencies }: Change): string =>
  JSON.stringify([engine, folderOf(from), folderOf(to), own, direction, dependencies])

const folderOf = (release: string): readonly (string | number)[] => {
  const path = realpathSync(release)
  const { ino, birthtimeMs } = statSync(path)
  return [path, ino, birthtimeMs]
}

const texts = v.array(v.string())
const comparisonSchema = v.object({
  findings: findingsSchema,
  added: texts,
  changed: texts,
  removed: texts,
  apps: texts,
  static: v.boolean(),
  migrating: texts,
  preview: v.boolean(),
  supervisors: texts,
  mixing: texts,
  starts: v.array(v.object({ app: v.string(), pure: v.boolean(), detail: v.string() })),
})
const keptSchema = v.object({ of: v.string(), comparison: comparisonSchema, changes: v.string() })
