import type { Env } from './env.js'
import type { Hooks } from './hook.js'
import type { Runtime } from './runtime.js'
import type { Found, Step } from './step.js'

/** The heart of Gatling: the app's `before_<action>`, the action, the app's `after_<action>`. */
export const call = async (env: Env, action: Step, hooks: Hooks, runtime: Runtime): Promise<Env> => {
  await hooks.call(`before_${action.name}`, env)
  const learned = learn(env, await action.run(env, runtime))
  await hooks.call(`after_${action.name}`, learned)
  return learned
}

/** An env with what a step found out laid over it; fields that are read afresh each time stay so. */
export const learn = (env: Env, found: Found): Env =>
  found
    ? Object.defineProperties(
        { ...env },
        { ...Object.getOwnPropertyDescriptors(env), ...Object.getOwnPropertyDescriptors(found) },
      )
    : env
