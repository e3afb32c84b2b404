import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { root, run } from '../helpers/world.js'
import type { Change, Edit, Pair } from './pair.js'

/** The two releases of a pair, and what `mix release` calls them. */
export interface Built {
  readonly old: string
  readonly new: string
  readonly name: string
}

type Files = ReadonlyMap<string, Buffer>

const here = fileURLToPath(new URL('.', import.meta.url))
const example = join(root, 'examples', 'counter')

const releaseNames = { app: 'counter', umbrella: 'market' } as const

/** Builds pairs in `folder`: one checkout for each base, so that only what changed is compiled. */
export const createBuilder = (folder: string) => {
  const workshops = new Map<string, Workshop>()

  const workshopOf = (base: keyof typeof releaseNames): Workshop => {
    const known = workshops.get(base)
    if (known) return known
    const workshop = createWorkshop(join(folder, base), baseFiles(base))
    workshops.set(base, workshop)
    return workshop
  }

  const build = async (pair: Pair): Promise<Built> => {
    const base = pair.base ?? 'app'
    const workshop = workshopOf(base)
    const old = pair.old ? changed(workshop.base, pair.old, pair.name) : workshop.base
    const target = (version: string) => join(folder, 'releases', pair.name, version)
    return {
      old: pair.old ? await workshop.release(old, target('old'), pair.old) : await workshop.releaseBase(),
      new: await workshop.release(changed(old, pair.new, pair.name), target('new'), pair.new),
      name: releaseNames[base],
    }
  }

  const close = (): void => rmSync(folder, { recursive: true, force: true })

  return { build, close }
}

export type Builder = ReturnType<typeof createBuilder>

type Workshop = ReturnType<typeof createWorkshop>

/** A checkout that becomes one version after the other. */
const createWorkshop = (folder: string, base: Files) => {
  const checkout = join(folder, 'checkout')
  let written: Files = new Map()
  let builtAt = 0
  let last: Promise<unknown> = Promise.resolve()
  let releasedBase: Promise<string> | null = null

  const checkOut = async (files: Files): Promise<void> => {
    const second = await nextSecond(builtAt)
    for (const path of written.keys()) if (!files.has(path)) rmSync(join(checkout, path))
    for (const [path, content] of files) {
      if (written.get(path)?.equals(content)) continue
      const file = join(checkout, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      utimesSync(file, second, second)
    }
    written = files
  }

  const mixRelease = async (files: Files, target: string, change: Change): Promise<string> => {
    await checkOut(files)
    const output = await run(['mix', 'release', '--path', target, '--overwrite'], {
      cwd: checkout,
      env: { MIX_ENV: 'prod' },
    })
    builtAt = now()
    if (output.code !== 0) throw new Error(`mix release failed for ${target}:\n${output.text}`)
    await change.release?.(target)
    return target
  }

  /** One build at a time: they share the checkout. */
  const release = (files: Files, target: string, change: Change = {}): Promise<string> => {
    const built = last.then(() => mixRelease(files, target, change))
    last = built.catch(() => {})
    return built
  }

  const releaseBase = (): Promise<string> => {
    releasedBase ??= release(base, join(folder, 'release'))
    return releasedBase
  }

  return { base, release, releaseBase }
}

const now = (): number => Math.floor(Date.now() / 1000)

/** Mix sees a change only in a later second than its last build, and takes no time in the future. */
const nextSecond = async (after: number): Promise<number> => {
  while (now() <= after) await sleep(20)
  return now()
}

const baseFiles = (base: keyof typeof releaseNames): Files => {
  const prefix = base === 'umbrella' ? 'apps/counter/' : ''
  const counter = ['config', 'lib', 'priv', 'mix.exs'].flatMap(path => filesIn(join(example, path)))
  const overlay = join(here, base)
  return new Map([
    ...counter.map(file => [prefix + relative(example, file), readFileSync(file)] as const),
    ...filesIn(overlay).map(file => [relative(overlay, file), readFileSync(file)] as const),
  ])
}

const isMade = (name: string): boolean => /^_build$|^cache_manifest\.json$|-[0-9a-f]{32}\./.test(name)

const filesIn = (path: string): string[] =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path)
        .filter(name => !isMade(name))
        .flatMap(name => filesIn(join(path, name)))

const changed = (files: Files, change: Change, pair: string): Files => {
  const result = new Map(files)
  for (const [path, text] of Object.entries(change.files ?? {})) {
    if (text !== null) result.set(path, Buffer.from(text))
    else if (!result.delete(path)) throw new Error(`${pair}: there is no ${path} to remove`)
  }
  for (const edit of change.edits ?? []) result.set(edit.file, Buffer.from(edited(result, edit, pair)))
  return result
}

const edited = (files: Files, { file, from, to }: Edit, pair: string): string => {
  const pieces = files.get(file)?.toString().split(from) ?? []
  if (pieces.length !== 2) {
    throw new Error(`${pair}: found ${Math.max(pieces.length - 1, 0)} times in ${file}, not once: ${from}`)
  }
  return pieces.join(to)
}
