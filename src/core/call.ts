import type { Env } from './env.js'
import type { Hooks } from './hook.js'
import type { Runtime } from './runtime.js'
import type { Found, Step } from './step.js'

/**
 * The heart of Gatling: the app's `before_<action>`, the action, the app's `after_<action>`.
 * @param know is told what is known from the action on, also when the hook after it fails.
 */
export const call = async (
  env: Env,
  action: Step,
  hooks: Hooks,
  runtime: Runtime,
  know: (env: Env) => void,
): Promise<void> => {
  await hooks.call(`before_${action.name}`, env)
  const learned = learn(env, await action.run(env, runtime))
  know(learned)
  await hooks.call(`after_${action.name}`, learned)
}

/** An env with what a step found out laid over it; fields that are read afresh each time stay so. */
export const learn = (env: Env, found: Found): Env =>
  found
    ? Object.defineProperties(
        { ...env },
        { ...Object.getOwnPropertyDescriptors(env), ...Object.getOwnPropertyDescriptors(found) },
      )
    : env
