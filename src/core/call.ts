import type { Env } from './env.js'
import type { Hooks } from './hook.js'
import type { Runtime } from './runtime.js'
import type { Found, Step } from './step.js'

/**
 * Runs the app's `before_<action>`, the action and the app's `after_<action>`. This is the heart of Gatling.
 * @param know gets the env with what the action found out, even if the hook after the action fails.
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

/** Returns the env with what a step found out. A getter stays a getter. */
export const learn = (env: Env, found: Found): Env =>
  found
    ? Object.defineProperties(
        { ...env },
        { ...Object.getOwnPropertyDescriptors(env), ...Object.getOwnPropertyDescriptors(found) },
      )
    : env
