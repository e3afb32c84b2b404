import { dirname } from 'node:path'
import { describeEnding } from '../core/ending.js'
import type { EventBody } from '../core/event.js'
import {
  type HookFunction,
  type Hooks,
  isEndHook,
  noHooks,
  recogniseHooks,
  refuseHidden,
} from '../core/hook.js'
import { readRepositoryFile } from '../hosts/repository-file.js'
import { hookExited, hookFailed, hookFileBroken, hookTimeout } from './errors.js'
import type { HookFile } from './files.js'
import type { HookProcess, HookReply } from './hook-process.js'

export interface LoadHooksOptions {
  readonly file: HookFile | null
  /** The hooks that this file may define, and those that belong in the other file. */
  readonly allowed: readonly string[]
  readonly elsewhere: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly cacheDir: string
  /** In ms. */
  readonly timeoutOf: (hook: string) => number
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
}

/**
 * Starts the process of a hook file and reads which hooks it defines.
 * @throws GatlingError for a file that cannot be loaded, or that defines a function only named like a hook.
 */
export const loadHooks = async (options: LoadHooksOptions): Promise<Hooks> => {
  const { file, allowed, elsewhere, emit, signal } = options
  if (!file) return noHooks
  const begin = (): HookProcess =>
    file.language.start({ ...options, file: file.path, onLine: text => emit({ type: 'output', text }) })
  const read = async (): Promise<readonly HookFunction[]> => {
    const functions = await within(process.load(), options.timeoutOf('load'))
    if (functions === 'timeout') throw hookFileBroken(file.name, 'it did not load in time')
    if ('kind' in functions) throw hookFileBroken(file.name, reasonOf(functions))
    return functions
  }
  /** Starts a new process for the next hook, if the last hook has ended or still blocks the first process. */
  const renew = async (): Promise<void> => {
    await process.stop()
    process = begin()
    await read()
  }
  let process = begin()
  let answers = true
  try {
    const functions = await read()
    const { arities, prose, howTo } = file.language
    const hooks = recogniseHooks(file.name, functions, allowed, elsewhere, arities)
    const code = (readRepositoryFile(dirname(file.path), file.name) ?? '').replace(prose, '')
    refuseHidden(file.name, code, [...hooks.keys()], [...allowed, ...elsewhere], howTo)
    if (hooks.size === 0)
      emit({ type: 'warning', text: `${file.name} defines no hook, so Gatling runs nothing of it` })
    return {
      names: [...hooks.keys()],
      call: async (hook, env) => {
        const written = hooks.get(hook)
        if (written === undefined) return
        const started = performance.now()
        const finish = (ok: boolean): void =>
          emit({ type: 'hook-end', hook, ok, ms: Math.round(performance.now() - started) })
        if (!answers) await renew()
        answers = false
        emit({ type: 'hook-start', hook, file: file.name })
        const timeout = options.timeoutOf(hook)
        const work = process.call(written, env)
        const reply = await within(isEndHook(hook) ? work : abortable(work, signal), timeout)
        answers = reply !== 'timeout' && reply.kind !== 'exited'
        finish(reply !== 'timeout' && reply.kind === 'ok')
        if (reply === 'timeout') throw hookTimeout(written, file.name, timeout / 1_000)
        if (reply.kind === 'threw') throw hookFailed(written, file.name, reply.stack)
        if (reply.kind === 'exited') throw hookExited(written, file.name, describeEnding(reply.ending))
      },
      close: () => process.stop(),
    }
  } catch (error) {
    await process.stop()
    throw error
  }
}

const reasonOf = (reply: Exclude<HookReply, { kind: 'ok' }>): string =>
  reply.kind === 'threw' ? reply.stack : `its process ${describeEnding(reply.ending)}`

const within = async <Value>(work: Promise<Value>, ms: number): Promise<Value | 'timeout'> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>(resolve => {
    timer = setTimeout(() => resolve('timeout'), ms)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

const abortable = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
