import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findProgram } from '../../src/hosts/programs.js'
import { cached } from '../helpers/cache.js'
import { must } from '../helpers/world.js'
import type { Change, Pair } from './pair.js'
import { type Base, baseFiles, changed, type Files } from './versions.js'
import { createWorkshop, type Workshop } from './workshop.js'

/** The two releases of a pair, and what `mix release` calls them. */
export interface Built {
  readonly old: string
  readonly new: string
  readonly name: string
}

/** The source of the builder, so that a release that was built in another way is not used again. */
const builtBy = [
  'build.ts',
  'workshop.ts',
  'share.ts',
  '../../src/hosts/task-runner.ts',
  '../../elixir/mix_tasks.exs',
]
  .map(name => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\0')

const releaseNames = { app: 'counter', umbrella: 'market' } as const

/** Lays the releases of versions into `folder`. Each version is built once on a machine, and kept by its source. */
export const createBuilder = (folder: string) => {
  const workshops = new Map<Base, Workshop>()
  const bases = new Map<Base, Promise<string>>()

  const workshopOf = (base: Base): Workshop => {
    const workshop = workshops.get(base) ?? createWorkshop(join(folder, 'checkouts', base))
    workshops.set(base, workshop)
    return workshop
  }

  const kept = (base: Base, files: Files, like: string | null): Promise<string> =>
    cached('releases', [base, builtBy, tools(), ...[...files].sort(byPath).flat()], made =>
      workshopOf(base).release(files, made, like),
    )

  /** Returns the kept release, so that the engine compares it once, or a copy when the change touches it. */
  const lay = async (base: Base, files: Files, target: string, change: Change = {}): Promise<string> => {
    const like = await baseOf(base)
    const release = await kept(base, files, like)
    if (!change.release) return release
    await must(['mkdir', '-p', dirname(target)])
    await must(['cp', '-a', release, target])
    await change.release(target)
    return target
  }

  const baseOf = (base: Base): Promise<string> => {
    const made = bases.get(base) ?? kept(base, baseFiles(base), null)
    bases.set(base, made)
    return made
  }

  return {
    build: async (pair: Pair): Promise<Built> => {
      const base = pair.base ?? 'app'
      const old = changed(baseFiles(base), pair.old ?? {}, pair.name)
      const target = (version: string): string => join(folder, 'releases', pair.name, version)
      return {
        old: pair.old ? await lay(base, old, target('old'), pair.old) : await baseOf(base),
        new: await lay(base, changed(old, pair.new, pair.name), target('new'), pair.new),
        name: releaseNames[base],
      }
    },
    /** Builds a version of the base alone. */
    version: (name: string, change: Change): Promise<string> =>
      lay('app', changed(baseFiles('app'), change, name), join(folder, 'releases', name), change),
    close: async (): Promise<void> => {
      for (const workshop of workshops.values()) await workshop.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Builder = ReturnType<typeof createBuilder>

const byPath = ([one]: readonly [string, Buffer], [other]: readonly [string, Buffer]): number =>
  one < other ? -1 : 1

/** Names the Erlang and the Elixir that are installed, without starting them. */
const tools = (): string => {
  const erl = findProgram('erl') ?? ''
  const releases = join(dirname(realpathSync(erl.split(' ')[0] ?? '')), '..', 'releases')
  const start = readFileSync(join(releases, 'start_erl.data'), 'utf8')
  const flags = process.env['ERL_COMPILER_OPTIONS'] ?? ''
  return [erl, findProgram('mix'), start, flags, ...readdirSync(releases)].join('\n')
}
