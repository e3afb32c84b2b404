import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Output } from './world.js'

const script = fileURLToPath(new URL('gatling-child.mjs', import.meta.url))
/** What ends soon and starts nothing that goes on. */
const short = /^(audit|config|env|history|init|load|logs|releases|status|steps)$/
let child: ChildProcess | null = null
let isBusy = false

/**
 * Runs a short command of `gatling` in a process that all of them share: to start one takes ten times as long as to
 * carry out the command. Null for a command that needs a process of its own.
 */
export const sharedGatling = (
  argv: readonly string[],
  given: { readonly cwd: string; readonly env: Record<string, string>; readonly input?: string },
): Promise<Output> | null => {
  if (isBusy || !short.test(argv[0] ?? '')) return null
  isBusy = true
  child ??= startChild()
  return ask(child, { argv, input: '', ...given }).finally(() => {
    isBusy = false
  })
}

const ask = async (child: ChildProcess, call: object): Promise<Output> => {
  try {
    const answer = once(child, 'message', { signal: AbortSignal.timeout(60_000) })
    child.send(call)
    const [output] = await answer
    return output as Output
  } catch (error) {
    child.kill()
    throw error
  }
}

const startChild = (): ChildProcess => {
  const started = fork(script, {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  started.once('exit', () => {
    child = null
  })
  started.unref()
  started.channel?.unref()
  return started
}
