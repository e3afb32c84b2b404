import { call } from './call.js'
import { callEndHooks } from './end-hooks.js'
import type { Env } from './env.js'
import type { GatlingError } from './error.js'
import type { EventBody } from './event.js'
import type { Hooks } from './hook.js'
import type { Runtime } from './runtime.js'
import type { Pipeline, Step } from './step.js'
import { stepFailed } from './step-failed.js'

export interface PipelineRun {
  readonly env: Env
  readonly hooks: Hooks
  readonly runtime: Runtime
  readonly emit: (event: EventBody) => void
  /** Aborted by `gatling cancel`. */
  readonly signal: AbortSignal
  /** The step to begin with. The results of the steps before it exist already. null: the first step. */
  readonly from: string | null
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string
}

/**
 * Calls every step in order, from `run.from` on. Then each step confirms that its work still holds, and the pipeline
 * commits. If anything fails, it undoes the steps that ran, last first, and throws. The old version is not touched
 * before the commit; {@link settle} comes after the commit.
 * @returns the env with all that the steps found out.
 * @throws GatlingError of the first step or hook that failed.
 */
export const runPipeline = async (
  pipeline: Pipeline,
  run: PipelineRun,
  commit: (env: Env) => unknown,
): Promise<Env> => {
  const begun: Step[] = []
  let env = run.env
  let isThere = run.from !== null
  try {
    for (const action of pipeline) {
      run.signal.throwIfAborted()
      begun.push(action)
      isThere &&= action.name !== run.from
      if (isThere) continue
      await perform(action, { ...run, env }, learned => {
        env = learned
      })
    }
    for (const action of pipeline) await confirm(action, { ...run, env })
    run.signal.throwIfAborted()
    await commit(env)
    return env
  } catch (error) {
    run.emit({ type: 'undo' })
    await each(begun.reverse(), 'undo', { ...run, env })
    await callEndHooks(env, error, run)
    throw error
  }
}

const perform = async (action: Step, run: PipelineRun, know: (env: Env) => void): Promise<void> => {
  const started = performance.now()
  const finish = (ok: boolean): void =>
    run.emit({ type: 'step-end', step: action.name, ok, ms: Math.round(performance.now() - started) })
  run.emit({ type: 'step-start', step: action.name })
  try {
    await call(run.env, action, run.hooks, run.runtime, know)
    finish(true)
  } catch (error) {
    finish(false)
    throw failureOf(action, error, run)
  }
}

const confirm = async (action: Step, run: PipelineRun): Promise<void> => {
  try {
    await action.confirm?.(run.env, run.runtime)
  } catch (error) {
    throw failureOf(action, error, run)
  }
}

const failureOf = (action: Step, error: unknown, { env, signal }: PipelineRun): GatlingError =>
  stepFailed(action.name, env, signal.aborted ? signal.reason : error)

/** Settles every step after the commit. `run.env` is the env that {@link runPipeline} returned. */
export const settle = async (pipeline: Pipeline, run: PipelineRun): Promise<void> => {
  await each(pipeline, 'settle', run)
  await callEndHooks(run.env, null, run)
}

const each = async (steps: readonly Step[], what: 'undo' | 'settle', run: PipelineRun): Promise<void> => {
  for (const step of steps) {
    try {
      await step[what]?.(run.env, run.runtime)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      run.emit({ type: 'warning', text: `${what} of ${step.name} failed: ${reason}` })
    }
  }
}
