import type { Env } from './env.js'
import type { Hooks } from './hook.js'
import type { Runtime } from './runtime.js'
import type { Step } from './step.js'

/** The heart of Gatling: the app's `before_<action>`, the action, the app's `after_<action>`. */
export const call = async (env: Env, action: Step, hooks: Hooks, runtime: Runtime): Promise<void> => {
  await hooks.call(`before_${action.name}`, env)
  await action.run(env, runtime)
  await hooks.call(`after_${action.name}`, env)
}
