import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../helpers/world.js'
import type { Change, Edit } from './pair.js'

/** The source of one version of an app: its files by their paths. */
export type Files = ReadonlyMap<string, Buffer>

export type Base = 'app' | 'umbrella'

const here = fileURLToPath(new URL('.', import.meta.url))
const example = join(root, 'examples', 'counter')

/** Returns the version that every pair starts from: examples/counter with the files of a folder here on top. */
export const baseFiles = (base: Base): Files => {
  const prefix = base === 'umbrella' ? 'apps/counter/' : ''
  const counter = ['config', 'lib', 'priv', 'mix.exs'].flatMap(path => filesIn(join(example, path)))
  const overlay = join(here, base)
  return new Map([
    ...counter.map(file => [prefix + relative(example, file), readFileSync(file)] as const),
    ...filesIn(overlay).map(file => [relative(overlay, file), readFileSync(file)] as const),
  ])
}

/** Applies a change to a version. Throws with the name of the pair when an edit does not find its place exactly once. */
export const changed = (files: Files, change: Change, pair: string): Files => {
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

const isMade = (name: string): boolean => /^_build$|^cache_manifest\.json$|-[0-9a-f]{32}\./.test(name)

const filesIn = (path: string): string[] =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path)
        .filter(name => !isMade(name))
        .flatMap(name => filesIn(join(path, name)))
