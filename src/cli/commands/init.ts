import { existsSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import * as git from '../../commands/git.js'
import { endedWith } from '../../core/ending.js'
import { commandFailed } from '../../core/errors.js'
import { stepsAfterFirst, stepsOfFirst } from '../../core/stack.js'
import { readSettings } from '../../deploy/env.js'
import { findHookFile } from '../../hooks/files.js'
import { runCommand } from '../../hosts/capture.js'
import { recognise } from '../../stacks/stacks.js'
import { listProjects } from '../../state/apps.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { hookFile } from '../../templates/hook-file.js'
import { fileExists, usage } from '../errors.js'
import { print } from '../output.js'

interface InitOptions {
  readonly language: string
  readonly task: string
  readonly remote?: string
}

/** Writes a hook file that names every hook, and adds the git remote `production`. */
export const init = async (given: string | undefined, options: InitOptions): Promise<void> => {
  const folder = resolve(given ?? '.')
  const { language, task } = options
  if (language !== 'ts' && language !== 'exs')
    throw usage(`${language} is not a language that hooks can be written in`, 'Use ts or exs.')
  if (task !== 'deploy' && task !== 'upgrade')
    throw usage(`${task} has no hook file`, 'Use deploy or upgrade.')
  const { stack } = recognise(folder, readSettings(folder))
  const there = findHookFile(folder, task)
  if (there) throw fileExists(there.path)
  const project = stack.nameOf(folder) ?? basename(folder)

  const name = `${task}.${language}`
  const steps = task === 'upgrade' ? stepsAfterFirst(stack) : stepsOfFirst(stack)
  writeFileSync(join(folder, name), hookFile(language, project, task, steps))
  print(`Wrote ${name}: every hook of ${task}, commented out.`)
  await addRemote(folder, project, options.remote)
}

/** Adds the git remote, unless it exists. */
const addRemote = async (folder: string, project: string, wanted: string | undefined): Promise<void> => {
  const home = gatlingHome()
  const local = listProjects(home).includes(project) ? appPaths(home, project).repository : undefined
  const url = wanted ?? local
  if (url === undefined) {
    return print(
      'No git remote was added: give its address with --remote, or `gatling load` the project first.',
    )
  }
  if (!existsSync(join(folder, '.git')))
    return print('This folder is not a git repository yet, so no remote was added.')
  const now = await runCommand(git.remoteUrl(folder, 'production'))
  if (now.status === 0) return print(`The git remote production is there already: ${now.stdout.trim()}`)
  const added = await runCommand(git.addRemote(folder, 'production', url))
  if (added.status !== 0)
    throw commandFailed('git remote add', endedWith(added.status), [added.stderr.trim()])
  print(`Added the git remote production: ${url}`, 'Deploy with: git push production main')
}
