import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
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

/** Keeps a comparison for the one who asks for it next; there is room for one. */
export const keep = (work: string, engine: string, change: Change, compared: Compared): void =>
  writeWhole(keptPath(work), JSON.stringify({ of: identityOf(engine, change), ...compared }))

/** The comparison that was kept; null when it is of something else. */
export const kept = (work: string, engine: string, change: Change): Compared | null => {
  try {
    const found = v.parse(keptSchema, JSON.parse(readIfThere(keptPath(work)) ?? ''))
    return found.of === identityOf(engine, change) ? found : null
  } catch {
    // It saves half a second, and is made anew where it cannot be read.
    return null
  }
}

const keptPath = (work: string): string => join(work, 'way-back.json')

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
