import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Output } from './world.js'

const script = fileURLToPath(new URL('gatling-child.mjs', import.meta.url))
/** Commands that end soon and leave no process behind. */
const short = /^(audit|config|env|history|init|load|logs|metrics|releases|status|steps|top)$/
const patienceMs = 60_000
let child: ChildProcess | null = null
let isBusy = false

/**
 * Runs a short `gatling` command in a process that all of them share, because starting one takes ten times as long as
 * the command. Returns null for a command that needs its own process.
 */
export const sharedGatling = (
  argv: readonly string[],
  given: { readonly cwd: string; readonly env: Record<string, string>; readonly input?: string },
): Promise<Output> | null => {
  if (isBusy || !short.test(argv[0] ?? '') || argv.includes('-f')) return null
  isBusy = true
  child ??= startChild()
  return ask(child, { argv, input: '', ...given }).finally(() => {
    isBusy = false
  })
}

const ask = async (asked: ChildProcess, call: { readonly argv: readonly string[] }): Promise<Output> => {
  const done = new AbortController()
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(patienceMs)])
  const ended = once(asked, 'exit', { signal }).then(([status]) => {
    throw new Error(`its process ended with ${status}`)
  })
  try {
    const answer = once(asked, 'message', { signal })
    asked.send(call)
    const [output] = await Promise.race([answer, ended])
    return output as Output
  } catch (error) {
    child = null
    asked.kill()
    throw new Error(`gatling ${call.argv.join(' ')}: no answer`, { cause: error })
  } finally {
    done.abort()
    ended.catch(() => {})
  }
}

const startChild = (): ChildProcess => {
  const started = fork(script, {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  started.once('exit', () => {
    if (child === started) child = null
  })
  started.unref()
  started.channel?.unref()
  return started
}
