import { learn } from './call.js'
import type { Env, Failure } from './env.js'
import { known } from './errors.js'
import type { EventBody } from './event.js'
import type { Hooks } from './hook.js'

/** The receivers of a deploy's outcome. */
export interface Listeners {
  readonly hooks: Hooks
  readonly emit: (event: EventBody) => void
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string
}

/**
 * Calls the hooks that report how a deploy ended: `on_error_<step>`, `on_error` and `finally`. They run after the undo
 * or after the commit. If a hook throws, that is only a warning: it does not hide the error, and a success stays a
 * success. A plan is not a deploy, so it calls none of them.
 */
export const callEndHooks = async (env: Env, error: unknown, run: Listeners): Promise<void> => {
  if (env.task === 'plan') return
  const failure = error === null ? null : describe(error, run.mask)
  const outcome = failure === null ? 'ok' : failure.code === 'CANCELLED' ? 'cancelled' : 'failed'
  const ended = learn(env, { outcome, error: failure })
  for (const hook of hooksFor(failure)) {
    try {
      await run.hooks.call(hook, ended)
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      run.emit({ type: 'warning', text: `${reason}\nThis does not change how the deploy ended.` })
    }
  }
}

const hooksFor = (failure: Failure | null): string[] =>
  failure ? [...(failure.step ? [`on_error_${failure.step}`] : []), 'on_error', 'finally'] : ['finally']

const describe = (error: unknown, mask: Listeners['mask']): Failure => {
  const { code, message, hint, step } = known(error)
  return { code, message: mask(message), hint, step }
}
