import { learn } from './call.js'
import type { Env, Failure } from './env.js'
import { known } from './errors.js'
import type { EventBody } from './event.js'
import type { Hooks } from './hook.js'

/** Those that hear how a deploy has ended. */
export interface Listeners {
  readonly hooks: Hooks
  readonly emit: (event: EventBody) => void
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string
}

/**
 * Tells the app how its deploy has ended: `on_error_<step>`, `on_error` and `finally`. Everything is undone, or live,
 * when they run. If they throw, that is a warning: it neither hides the error nor makes a failure of a success.
 * A plan is no deploy: nobody is told.
 */
export const callEndHooks = async (env: Env, error: unknown, run: Listeners): Promise<void> => {
  if (env.task === 'plan') return
  const failure = error === null ? null : describe(error, run.mask)
  const outcome = failure === null ? 'ok' : failure.code === 'CANCELLED' ? 'cancelled' : 'failed'
  const told = learn(env, { outcome, error: failure })
  for (const hook of hooksFor(failure)) {
    try {
      await run.hooks.call(hook, told)
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      run.emit({ type: 'warning', text: `${reason}\nThis does not change how the deploy has ended.` })
    }
  }
}

const hooksFor = (failure: Failure | null): string[] =>
  failure ? [...(failure.step ? [`on_error_${failure.step}`] : []), 'on_error', 'finally'] : ['finally']

const describe = (error: unknown, mask: Listeners['mask']): Failure => {
  const { code, message, hint, step } = known(error)
  return { code, message: mask(message), hint, step }
}
