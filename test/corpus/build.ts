import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { findProgram } from '../../src/hosts/programs.js'
import { cached } from '../helpers/cache.js'
import { must } from '../helpers/world.js'
import type { Change, Pair } from './pair.js'
import { copySharing } from './share.js'
import { type Base, baseFiles, changed, type Files } from './versions.js'
import { createWorkshop, type Workshop } from './workshop.js'

/** The two releases of a pair, and what `mix release` calls them. */
export interface Built {
  readonly old: string
  readonly new: string
  readonly name: string
  /** What the new release was made from, in short. */
  readonly source: string
}

interface Laid {
  readonly release: string
  readonly source: string
}

/** A release that was built in another way is not kept for this one. */
const builtBy = ['build.ts', 'workshop.ts', 'share.ts']
  .map(name => readFileSync(new URL(name, import.meta.url), 'utf8'))
  .join('\0')

const releaseNames = { app: 'counter', umbrella: 'market' } as const

/** Lays the releases of versions into `folder`. Each version is built once on a machine, and kept by its source. */
export const createBuilder = (folder: string) => {
  const workshops = new Map<Base, Workshop>()
  const bases = new Map<Base, Promise<Laid>>()

  const workshopOf = (base: Base): Workshop => {
    const workshop = workshops.get(base) ?? createWorkshop(join(folder, 'checkouts', base))
    workshops.set(base, workshop)
    return workshop
  }

  const kept = (base: Base, files: Files, like: string | null): Promise<string> =>
    cached('releases', [base, builtBy, tools(), ...[...files].sort(byPath).flat()], async made => {
      const built = join(folder, 'built', base)
      // `--overwrite` leaves what only an earlier version had, such as the folder of another version number.
      rmSync(built, { recursive: true, force: true })
      await workshopOf(base).release(files, built)
      copySharing(built, made, like)
    })

  const lay = async (base: Base, files: Files, target: string, change: Change = {}): Promise<Laid> => {
    const like = await kept(base, baseFiles(base), null)
    const release = await kept(base, files, like)
    await must(['mkdir', '-p', dirname(target)])
    await must(['cp', '-a', release, target])
    await change.release?.(target)
    return { release: target, source: `${basename(release)} ${change.release ?? ''}` }
  }

  /** The base itself is laid once, so that what an upgrade finds out about it is found out once. */
  const baseOf = (base: Base): Promise<Laid> => {
    const laid = bases.get(base) ?? lay(base, baseFiles(base), join(folder, 'releases', base))
    bases.set(base, laid)
    return laid
  }

  return {
    build: async (pair: Pair): Promise<Built> => {
      const base = pair.base ?? 'app'
      const old = changed(baseFiles(base), pair.old ?? {}, pair.name)
      const target = (version: string): string => join(folder, 'releases', pair.name, version)
      const from = pair.old ? await lay(base, old, target('old'), pair.old) : await baseOf(base)
      const to = await lay(base, changed(old, pair.new, pair.name), target('new'), pair.new)
      return { old: from.release, new: to.release, name: releaseNames[base], source: to.source }
    },
    /** A version of the base alone. */
    version: async (name: string, change: Change): Promise<string> => {
      const files = changed(baseFiles('app'), change, name)
      return (await lay('app', files, join(folder, 'releases', name), change)).release
    },
    close: async (): Promise<void> => {
      for (const workshop of workshops.values()) await workshop.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Builder = ReturnType<typeof createBuilder>

const byPath = ([one]: readonly [string, Buffer], [other]: readonly [string, Buffer]): number =>
  one < other ? -1 : 1

/** Which Erlang and which Elixir are installed, without starting them. */
const tools = (): string => {
  const erl = findProgram('erl') ?? ''
  const releases = join(dirname(realpathSync(erl.split(' ')[0] ?? '')), '..', 'releases')
  const start = readFileSync(join(releases, 'start_erl.data'), 'utf8')
  return [erl, findProgram('mix'), start, ...readdirSync(releases)].join('\n')
}
