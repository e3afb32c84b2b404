import type { Task } from '../core/env.js'
import { type Hooks, hookNames, noHooks, stepHooks } from '../core/hook.js'
import type { Host } from '../core/host.js'
import { type Stack, stepsAfterFirst, stepsOfFirst } from '../core/stack.js'
import { findHookFile, hookFileFor } from '../hooks/files.js'
import { loadHooks } from '../hooks/load.js'
import { appPaths } from '../state/paths.js'
import type { Equipped } from './assignment.js'

/** Loads the hooks of the checkout. @throws GatlingError as {@link loadHooks}; an unload goes on without hooks. */
export const hooksOf = async (assignment: Equipped, task: Task): Promise<Hooks> => {
  try {
    return await loadHooksOf(assignment, task)
  } catch (error) {
    // It must be possible to unload an app whose hook file is broken.
    if (task !== 'unload') throw error
    assignment.emit({ type: 'warning', text: `unloads without hooks: ${String(error)}` })
    return noHooks
  }
}

const loadHooksOf = async (assignment: Equipped, task: Task): Promise<Hooks> => {
  const { stack, settings } = assignment
  const { build, cache } = appPaths(assignment.home, assignment.project)
  const { own, elsewhere } = hookNamesOf(stack, task)
  return loadHooks({
    ...assignment,
    file: findHookFile(build, task),
    allowed: own,
    elsewhere,
    cacheDir: cache,
    timeoutOf: hook => settings.hooks.timeouts[hook] ?? settings.hooks.timeout,
  })
}

/** Returns the hooks that a task's file can define, and those that belong in the other file. */
export const hookNamesOf = (
  stack: Pick<Stack, 'lists'>,
  task: Task,
): { own: string[]; elsewhere: string[] } => {
  const deploy = hookNames(stepsOfFirst(stack))
  const upgrade = hookNames(stepsAfterFirst(stack))
  return hookFileFor(task) === 'upgrade'
    ? { own: upgrade, elsewhere: deploy }
    : { own: deploy, elsewhere: upgrade }
}

/** Ends the task runner before each hook. A hook can change what the next command reads, and must run alone. */
export const apart = (hooks: Hooks, host: Host): Hooks => ({
  ...hooks,
  call: async (name, env) => {
    if (hooks.names.includes(name)) await host.rest()
    await hooks.call(name, env)
  },
})

/** Returns the hooks that the app defines on a step. */
export const hooksOn = (step: string, { names }: Hooks): string[] =>
  stepHooks(step).filter(hook => names.includes(hook))
