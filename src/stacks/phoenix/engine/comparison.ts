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
  /** What differs, as the node is told it: an Erlang term. */
  readonly changes: string
}

/** Compares two releases in a VM of its own; `work` is a folder that is there. */
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

/** Where comparisons are kept, and how many. */
export interface Comparisons {
  readonly folder: string
  readonly room: number
}

/** Keeps a comparison for the next deploy that asks for it; the oldest one makes room. */
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

/** The comparison that was kept; null when there is none of these releases. */
export const kept = ({ folder }: Comparisons, engine: string, change: Change): Compared | null => {
  const of = identityOf(engine, change)
  try {
    const found = v.parse(keptSchema, JSON.parse(readIfThere(keptPath(folder, of)) ?? ''))
    return found.of === of ? found : null
  } catch {
    // It only saves time: Gatling compares again.
    return null
  }
}

const keptPath = (folder: string, of: string): string =>
  join(folder, `${createHash('sha256').update(of).digest('hex').slice(0, 24)}.json`)

/** Another deploy can have removed it in the meantime. */
const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** All that a comparison depends on. What is in a release never changes. */
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
