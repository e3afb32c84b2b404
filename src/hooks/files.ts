import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from '../core/env.js'
import { findRepositoryFile, readRepositoryFile } from '../hosts/repository-file.js'
import { elixirHooks } from './elixir.js'
import { hookFileName, hookFiles } from './errors.js'
import type { HookLanguage } from './hook-process.js'
import { typescriptHooks } from './typescript.js'

/** The languages that hooks can be written in. */
const languages: readonly HookLanguage[] = [typescriptHooks, elixirHooks]

const endings = languages.flatMap(language => language.endings)

export interface HookFile {
  /** The name that the user knows: `upgrade.exs`. */
  readonly name: string
  readonly path: string
  readonly language: HookLanguage
}

/**
 * Returns the base name of a task's hook file: `deploy` for the first deploy and unload, as in the original, and
 * `upgrade` for everything in between.
 */
export const hookFileFor = (task: Task): 'deploy' | 'upgrade' =>
  task === 'deploy' || task === 'unload' ? 'deploy' : 'upgrade'

/** Matches names that look like a hook file's, such as `Deploy.ts` and `deploy.tsx`. */
const nearlyNamed = new RegExp(`^(deploy|upgrade)\\.((?:${endings.join('|')})x?$)`, 'i')

/**
 * Finds the hook file of a task; null: the app has none.
 * @throws GatlingError HOOK_FILES if there are two; HOOK_FILE_NAME, REPOSITORY_FILE.
 */
export const findHookFile = (folder: string, task: Task): HookFile | null => {
  const base = hookFileFor(task)
  refuseNearlyNamed(folder)
  const found = languages
    .flatMap(language => language.endings.map(ending => ({ language, name: `${base}.${ending}` })))
    .map(file => ({ ...file, path: join(folder, file.name) }))
    .filter(({ name }) => findRepositoryFile(folder, name) !== null)
  if (found.length > 1)
    throw hookFiles(
      base,
      found.map(({ name }) => name),
    )
  return found[0] ?? null
}

/** Refuses a file that looks like a hook file, but would not run: otherwise nobody would notice. */
const refuseNearlyNamed = (folder: string): void => {
  // Before the first push there is no checkout.
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const [, base = '', ending = ''] = nearlyNamed.exec(name) ?? []
    const isOurs = name === `${base.toLowerCase()}.${ending}` && endings.includes(ending)
    if (base !== '' && !isOurs) throw hookFileName(name, endings)
  }
}

/** Returns the name of a hook file's module, or else of the file, for `env`. */
export const callbackModule = (folder: string, base: 'deploy' | 'upgrade'): string | null => {
  const file = findHookFile(folder, base)
  if (!file) return null
  return file.language.moduleIn(readRepositoryFile(folder, file.name) ?? '') ?? file.name
}
