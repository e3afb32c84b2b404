import { describe, expect, it } from 'vitest'
import { endedWith } from '../../src/core/ending.js'
import type { Env, Failure } from '../../src/core/env.js'
import { GatlingError } from '../../src/core/error.js'
import { commandFailed } from '../../src/core/errors.js'
import type { EventBody } from '../../src/core/event.js'
import { type Hooks, isEndHook } from '../../src/core/hook.js'
import { type PipelineRun, runPipeline, settle } from '../../src/core/pipeline.js'
import type { Runtime } from '../../src/core/runtime.js'
import type { Step } from '../../src/core/step.js'
import { cancelled } from '../../src/deploy/errors.js'
import { hookFailed } from '../../src/hooks/errors.js'
import { env } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { unusedRuntime as runtime } from '../helpers/runtime.js'

/** Makes a pipeline of three steps that record their calls and fail where a test wants it. */
const world = (failures: Readonly<Record<string, () => unknown>> = {}) => {
  const calls: string[] = []
  /** What the end hooks were called with. */
  const told: { hook: string; outcome: Env['outcome']; error: Failure | null }[] = []
  const events: EventBody[] = []
  const abort = new AbortController()
  const called = async (name: string, given: Env, used: Runtime = runtime): Promise<void> => {
    calls.push(name)
    if (given !== env || used !== runtime) throw new Error(`${name} was given something else`)
    const fail = failures[name]
    if (fail) throw fail()
  }
  const make = (name: string): Step => ({
    name,
    about: 'A step.',
    run: (given, used) => called(`run ${name}`, given, used),
    undo: (given, used) => called(`undo ${name}`, given, used),
    settle: (given, used) => called(`settle ${name}`, given, used),
  })
  const hooks: Hooks = {
    names: [],
    call: async (hook, given) => {
      if (!isEndHook(hook)) return called(hook, given)
      told.push({ hook, outcome: given.outcome, error: given.error })
      const fail = failures[hook]
      if (fail) throw fail()
    },
    close: async () => {},
  }
  const run: PipelineRun = {
    env,
    hooks,
    runtime,
    emit: event => events.push(event),
    signal: abort.signal,
    from: null,
    mask: text => text.replaceAll('secret', '***'),
  }
  return { calls, told, events, abort, run, steps: [make('one'), make('two'), make('three')] }
}

const around = (name: string): string[] => [`before_${name}`, `run ${name}`, `after_${name}`]
const broken = () => commandFailed('mix compile', endedWith(1), [])

describe('a pipeline', () => {
  it('calls before, action and after of each step from top to bottom, then commits', async () => {
    const { calls, steps, run } = world()
    await runPipeline(steps, run, () => calls.push('commit'))
    expect(calls).toEqual([...around('one'), ...around('two'), ...around('three'), 'commit'])
  })

  it('reports the beginning and the end of each step', async () => {
    const { events, steps, run } = world()
    await runPipeline(steps, run, () => {})
    const ms = expect.any(Number)
    expect(events).toEqual(
      ['one', 'two', 'three'].flatMap(step => [
        { type: 'step-start', step },
        { type: 'step-end', step, ok: true, ms },
      ]),
    )
  })

  it('undoes the steps that ran, last first, when an action fails', async () => {
    const { calls, events, steps, run } = world({ 'run two': broken })
    const error = await failureOf(() => runPipeline(steps, run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', step: 'two', message: broken().message })
    expect(calls).toEqual([...around('one'), 'before_two', 'run two', 'undo two', 'undo one'])
    expect(events.slice(-2)).toMatchObject([{ type: 'step-end', step: 'two', ok: false }, { type: 'undo' }])
  })

  it('undoes a step whose before hook fails, and does not run its action', async () => {
    const { calls, steps, run } = world({ before_two: () => hookFailed('before_two', 'upgrade.exs', 'no') })
    const error = await failureOf(() => runPipeline(steps, run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'HOOK_FAILED', step: 'two' })
    expect(calls).toEqual([...around('one'), 'before_two', 'undo two', 'undo one'])
  })

  it('undoes a step whose after hook fails', async () => {
    const { calls, steps, run } = world({ after_three: () => hookFailed('after_three', 'upgrade.exs', 'no') })
    const error = await failureOf(() => runPipeline(steps, run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'HOOK_FAILED', step: 'three' })
    expect(calls.slice(-4)).toEqual(['after_three', 'undo three', 'undo two', 'undo one'])
    expect(calls).not.toContain('commit')
  })

  it('confirms every step after all have run, before the commit', async () => {
    const { calls, steps, run } = world()
    const confirming = steps.map(one => ({
      ...one,
      confirm: async () => void calls.push(`confirm ${one.name}`),
    }))
    await runPipeline(confirming, run, () => calls.push('commit'))
    expect(calls.slice(-5)).toEqual(['after_three', 'confirm one', 'confirm two', 'confirm three', 'commit'])
  })

  it('undoes every step when one does not confirm it', async () => {
    const { calls, steps, run } = world()
    const [one, two, three] = steps as [Step, Step, Step]
    const dead = { ...two, confirm: () => Promise.reject(broken()) }
    const error = await failureOf(() => runPipeline([one, dead, three], run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', step: 'two' })
    expect(calls.slice(-4)).toEqual(['after_three', 'undo three', 'undo two', 'undo one'])
  })

  it('reports an unknown error as a bug, and keeps its cause', async () => {
    const cause = new TypeError('undefined is not a function')
    const { steps, run } = world({ 'run one': () => cause })
    const error = await failureOf(() => runPipeline(steps, run, () => {}))
    expect(error).toMatchObject({ code: 'INTERNAL', exitCode: 70, step: 'one', cause })
  })

  it('keeps the step that an error already has', async () => {
    const deeper = new GatlingError('DEEP', { message: 'deep', hint: '', step: 'deeper' })
    const { steps, run } = world({ 'run one': () => deeper })
    expect(await failureOf(() => runPipeline(steps, run, () => {}))).toMatchObject({ step: 'deeper' })
  })

  it('reports an undo that fails, undoes the rest, and throws the first failure', async () => {
    const { calls, events, steps, run } = world({
      'run three': broken,
      'undo two': () => new Error('the disk is full'),
    })
    const error = await failureOf(() => runPipeline(steps, run, () => {}))
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', step: 'three' })
    expect(calls.slice(-3)).toEqual(['undo three', 'undo two', 'undo one'])
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      { type: 'warning', text: 'undo of two failed: the disk is full' },
    ])
  })

  it('skips steps that have no undo', async () => {
    const { calls, events, steps, run } = world({ 'run three': broken })
    const plain: Step = { name: 'plain', about: 'A step.', run: async () => {} }
    await failureOf(() => runPipeline([plain, ...steps], run, () => {}))
    expect(calls.slice(-3)).toEqual(['undo three', 'undo two', 'undo one'])
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  })

  it('undoes every step when the commit fails', async () => {
    const { calls, steps, run } = world()
    const commit = (): void => {
      throw broken()
    }
    expect(await failureOf(() => runPipeline(steps, run, commit))).toMatchObject({ code: 'COMMAND_FAILED' })
    expect(calls.slice(-3)).toEqual(['undo three', 'undo two', 'undo one'])
  })

  it('runs nothing when it was aborted before it began', async () => {
    const { calls, steps, run, abort } = world()
    abort.abort(cancelled('jane', 'push', 'shop'))
    const error = await failureOf(() => runPipeline(steps, run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'CANCELLED', message: 'cancelled by jane' })
    expect(calls).toEqual([])
  })

  it('throws the reason of an abort, not the failure that followed', async () => {
    const { calls, steps, run, abort } = world({
      'run two': () => {
        abort.abort(cancelled('jane', 'push', 'shop'))
        return broken()
      },
    })
    const error = await failureOf(() => runPipeline(steps, run, () => calls.push('commit')))
    expect(error).toMatchObject({ code: 'CANCELLED', step: 'two' })
    expect(calls.slice(-3)).toEqual(['run two', 'undo two', 'undo one'])
  })

  it('begins no step after an abort that the previous step did not notice', async () => {
    const { calls, steps, run, abort } = world()
    const [one, ...rest] = steps
    const cancels: Step = {
      name: 'cancels',
      about: 'A step.',
      run: async () => abort.abort(cancelled('jane', 'push', 'shop')),
    }
    const pipeline = [...(one ? [one] : []), cancels, ...rest]
    const error = await failureOf(() => runPipeline(pipeline, run, () => calls.push('commit')))
    expect(error.code).toBe('CANCELLED')
    expect(calls).toEqual([...around('one'), 'before_cancels', 'after_cancels', 'undo one'])
  })

  it('does not commit after an abort that the last step did not notice', async () => {
    const { calls, steps, run, abort } = world()
    const cancels: Step = {
      name: 'cancels',
      about: 'A step.',
      run: async () => abort.abort(cancelled('jane', 'push', 'shop')),
    }
    const error = await failureOf(() => runPipeline([...steps, cancels], run, () => calls.push('commit')))
    expect(error.code).toBe('CANCELLED')
    expect(calls.slice(-3)).toEqual(['undo three', 'undo two', 'undo one'])
  })
})

describe('a value that a step finds', () => {
  /** Makes three steps that record the mode they see. The second decides it. */
  const finding = (failure?: () => unknown) => {
    const seen: string[] = []
    const see = (what: string, { mode }: Env): void => void seen.push(`${what}: ${mode}`)
    const make = (name: string, found?: Partial<Env>): Step => ({
      name,
      about: 'A step.',
      run: async given => {
        see(`run ${name}`, given)
        if (name === 'three' && failure) throw failure()
        return found
      },
      undo: async given => see(`undo ${name}`, given),
      settle: async given => see(`settle ${name}`, given),
    })
    const hooks: Hooks = {
      names: [],
      call: async (name, given) => (isEndHook(name) ? undefined : see(name, given)),
      close: async () => {},
    }
    const run = { ...world().run, env: { ...env, mode: 'auto' as const }, hooks }
    return { seen, see, run, steps: [make('one'), make('two', { mode: 'hot' }), make('three')] }
  }
  const before = ['before_one: auto', 'run one: auto', 'after_one: auto', 'before_two: auto', 'run two: auto']

  it('is in the env of the hook after it, of later steps and of the commit', async () => {
    const { seen, see, steps, run } = finding()
    await runPipeline(steps, run, learned => see('commit', learned))
    expect(seen).toEqual([
      ...before,
      'after_two: hot',
      'before_three: hot',
      'run three: hot',
      'after_three: hot',
      'commit: hot',
    ])
  })

  it('is in the env of every settle', async () => {
    const { seen, steps, run } = finding()
    const learned = await runPipeline(steps, run, () => {})
    seen.length = 0
    await settle(steps, { ...run, env: learned })
    expect(seen).toEqual(['settle one: hot', 'settle two: hot', 'settle three: hot'])
  })

  it('is in the env of every undo when a later step fails', async () => {
    const { seen, steps, run } = finding(broken)
    await failureOf(() => runPipeline(steps, run, () => {}))
    expect(seen.slice(-3)).toEqual(['undo three: hot', 'undo two: hot', 'undo one: hot'])
  })

  it('is in the env of the undo when the after hook fails', async () => {
    const { seen, steps, run } = finding()
    const call = async (name: string): Promise<void> => {
      if (name === 'after_two') throw broken()
    }
    await failureOf(() => runPipeline(steps, { ...run, hooks: { ...run.hooks, call } }, () => {}))
    expect(seen.slice(-2)).toEqual(['undo two: hot', 'undo one: hot'])
  })

  it('changes nothing else in the env, and not the given object', async () => {
    const { steps, run } = finding()
    const learned = await runPipeline(steps, run, () => {})
    expect(learned).toEqual({ ...run.env, mode: 'hot' })
    expect(run.env.mode).toBe('auto')
  })

  it('keeps the fields live that the env reads each time', async () => {
    const { steps, run } = finding()
    const tasks: string[] = []
    const compiles: Step = {
      name: 'compiles',
      about: 'A step.',
      run: async () => void tasks.push('phx.digest'),
    }
    const seen: (readonly string[])[] = []
    const looks: Step = {
      name: 'looks',
      about: 'A step.',
      run: async given => void seen.push(given.available_tasks),
    }
    const given = {
      ...run.env,
      get available_tasks() {
        return [...tasks]
      },
    }
    const learned = await runPipeline([...steps, looks, compiles, looks], { ...run, env: given }, () => {})
    expect(seen).toEqual([[], ['phx.digest']])
    tasks.push('ecto.migrate')
    expect(learned.available_tasks).toEqual(['phx.digest', 'ecto.migrate'])
    expect(learned.mode).toBe('hot')
  })
})

describe('settling', () => {
  it('settles step by step, from top to bottom', async () => {
    const { calls, steps, run } = world()
    await settle(steps, run)
    expect(calls).toEqual(['settle one', 'settle two', 'settle three'])
  })

  it('warns about a failure and goes on', async () => {
    const { calls, events, steps, run } = world({ 'settle one': () => new Error('it would not stop') })
    await settle(steps, run)
    expect(calls).toEqual(['settle one', 'settle two', 'settle three'])
    expect(events).toEqual([{ type: 'warning', text: 'settle of one failed: it would not stop' }])
  })
})

describe('the end hooks', () => {
  const hooksOf = (told: ReturnType<typeof world>['told']): string[] => told.map(({ hook }) => hook)

  it('run after the undo: first the hook of the step, then on_error, then finally', async () => {
    const { calls, told, steps, run } = world({
      'run two': () => commandFailed('say secret', endedWith(1), []),
      'undo one': () => {
        if (told.length > 0) throw new Error('an end hook ran before the undo')
      },
    })
    await failureOf(() => runPipeline(steps, run, () => {}))
    expect(calls.at(-1)).toBe('undo one')
    const error = expect.objectContaining({
      code: 'COMMAND_FAILED',
      step: 'two',
      message: '`say ***` ended with status 1',
    })
    expect(told).toEqual(
      ['on_error_two', 'on_error', 'finally'].map(hook => ({ hook, outcome: 'failed', error })),
    )
  })

  it('get the outcome cancelled after a cancelled deploy', async () => {
    const { told, steps, run, abort } = world()
    abort.abort(cancelled('jane', 'push', 'shop'))
    await failureOf(() => runPipeline(steps, run, () => {}))
    expect(hooksOf(told)).toEqual(['on_error', 'finally'])
    expect(told.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
  })

  it('run after a success when all steps have settled', async () => {
    const { calls, told, steps, run } = world()
    const learned = await runPipeline(steps, run, () => {})
    expect(told).toEqual([])
    await settle(steps, { ...run, env: learned })
    expect(calls.at(-1)).toBe('settle three')
    expect(told).toEqual([{ hook: 'finally', outcome: 'ok', error: null }])
  })

  it('can neither hide the error nor change the outcome', async () => {
    const no = () => new Error('the webhook is down')
    const { told, events, steps, run } = world({
      'run two': broken,
      on_error_two: no,
      on_error: no,
      finally: no,
    })
    const error = await failureOf(() => runPipeline(steps, run, () => {}))
    expect(error).toMatchObject({ code: 'COMMAND_FAILED', step: 'two' })
    expect(hooksOf(told)).toEqual(['on_error_two', 'on_error', 'finally'])
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(3)

    const good = world({ finally: no })
    await settle(good.steps, good.run)
    expect(good.events).toMatchObject([
      { type: 'warning', text: expect.stringContaining('the webhook is down') },
    ])
  })

  it('do not run after a plan, which is not a deploy', async () => {
    const { told, steps, run } = world({ 'run two': broken })
    const plan = { ...run, env: { ...env, task: 'plan' as const } }
    await failureOf(() => runPipeline(steps, plan, () => {}))
    await settle([], plan)
    expect(told).toEqual([])
  })
})
