import pc from 'picocolors'
import { buildEnvironment } from '../../config/environment.js'
import type { Task } from '../../core/env.js'
import { stepHooks } from '../../core/hook.js'
import type { Stack } from '../../core/stack.js'
import { closest } from '../../core/suggest.js'
import { readSettings } from '../../deploy/env.js'
import { hookNamesOf } from '../../deploy/hooks-of.js'
import { findHookFile } from '../../hooks/files.js'
import { loadHooks } from '../../hooks/load.js'
import { recogniseAnyhow } from '../../stacks/stacks.js'
import { readApp } from '../../state/apps.js'
import { readFleet } from '../../state/fleet.js'
import { appPaths, gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print, printJson, tell } from '../output.js'
import { table } from '../render.js'

const tasks = ['deploy', 'upgrade', 'plan', 'rollback', 'unload'] as const

/** Lists the steps, with the hooks of the app in this folder, or of a loaded project. */
export const steps = async (
  wanted: string | undefined,
  options: { project?: string; json?: boolean },
): Promise<void> => {
  const chosen = wanted === undefined ? tasks : [parseTask(wanted)]
  const folder = options.project === undefined ? process.cwd() : buildDir(options.project)
  const settings = readSettings(folder)
  const { stack } = recogniseAnyhow(folder, settings)
  const isOnFleet = readFleet() !== null
  const lists = await Promise.all(
    chosen.map(async task => {
      const { file, hooks } = await definedHooks(folder, stack, task)
      return {
        task,
        file,
        hooks: ['on_error', 'finally'].filter(hook => hooks.includes(hook)),
        steps: stack.stepsOf(task, settings.migrate, isOnFleet).map(({ name, about }) => ({
          name,
          about,
          hooks: stepHooks(name).filter(hook => hooks.includes(hook)),
        })),
      }
    }),
  )
  if (options.json) return printJson(lists)
  for (const { task, file, hooks, steps } of lists) {
    print(pc.bold(task) + (file ? pc.dim(` with the hooks of ${file}`) : ''))
    print(
      ...table(steps.map(step => [`  ${step.name}`, step.about])).flatMap((line, at) => [
        line,
        ...hookLines(steps[at]?.hooks ?? []),
      ]),
      ...hookLines(hooks),
    )
    print('')
  }
}

const hookLines = (hooks: readonly string[]): string[] => hooks.map(hook => pc.magenta(`    ${hook}`))

export const parseTask = (wanted: string): Task => {
  const task = tasks.find(name => name === wanted)
  if (task) return task
  const near = closest(wanted, tasks)
  throw usage(
    `there is no task ${wanted}${near ? `; did you mean ${near}?` : ''}`,
    `Choose from ${tasks.join(', ')}.`,
  )
}

const buildDir = (project: string): string => {
  readApp(gatlingHome(), project)
  return appPaths(gatlingHome(), project).build
}

const definedHooks = async (
  folder: string,
  stack: Stack,
  task: Task,
): Promise<{ file: string | null; hooks: readonly string[] }> => {
  const file = findHookFile(folder, task)
  const { own, elsewhere } = hookNamesOf(stack, task)
  const hooks = await loadHooks({
    file,
    allowed: own,
    elsewhere,
    environment: buildEnvironment(process.env, {}),
    cacheDir: `${gatlingHome()}/cache`,
    timeoutOf: () => 30_000,
    emit: event => {
      if (event.type === 'output' || event.type === 'warning') tell(event.text)
    },
    signal: new AbortController().signal,
  })
  await hooks.close()
  return { file: file?.name ?? null, hooks: hooks.names }
}
