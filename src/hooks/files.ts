import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from '../core/env.js'
import { hookFiles } from '../core/errors.js'
import { readIfThere } from '../hosts/files.js'
import { elixirHooks } from './elixir.js'
import type { HookLanguage } from './hook-process.js'
import { typescriptHooks } from './typescript.js'

/** The languages hooks may be written in, by the ending of their file. */
const languages: Readonly<Record<string, HookLanguage>> = {
  ts: typescriptHooks,
  js: typescriptHooks,
  mjs: typescriptHooks,
  exs: elixirHooks,
  ex: elixirHooks,
}

export interface HookFile {
  /** As the user knows it: `upgrade.exs`. */
  readonly name: string
  readonly path: string
  readonly language: HookLanguage
}

/** `deploy.*` serves the first deploy and unload, as in the original; `upgrade.*` all that happens to an app in between. */
export const hookFileFor = (task: Task): 'deploy' | 'upgrade' =>
  task === 'deploy' || task === 'unload' ? 'deploy' : 'upgrade'

/**
 * The hook file of a task, or null when the app has none.
 * @throws GatlingError HOOK_FILES when there are two.
 */
export const findHookFile = (folder: string, task: Task): HookFile | null => {
  const base = hookFileFor(task)
  const found = Object.entries(languages)
    .map(([ending, language]) => ({
      name: `${base}.${ending}`,
      path: join(folder, `${base}.${ending}`),
      language,
    }))
    .filter(({ path }) => existsSync(path))
  if (found.length > 1)
    throw hookFiles(
      base,
      found.map(({ name }) => name),
    )
  return found[0] ?? null
}

/** What `env` says of a hook file: the name of an Elixir file's module, else the file's. */
export const callbackModule = (folder: string, base: 'deploy' | 'upgrade'): string | null => {
  const file = findHookFile(folder, base)
  if (!file) return null
  if (!/\.exs?$/.test(file.name)) return file.name
  return /^\s*defmodule\s+([\w.]+)/m.exec(readIfThere(file.path) ?? '')?.[1] ?? file.name
}
