import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Word = 'wait' | 'fail' | 'go'

/** Where a deploy stands still: the app's hook asks here whether it may go on. */
export interface Gate {
  readonly url: string
  /** What the hook is told from now on: to wait, to fail, or to go on. */
  set(word: Word): void
  /** Lets go on who waits. */
  open(): void
  /** Resolves when the hook has asked since the last `set`. */
  reached(): Promise<void>
  close(): void
}

/** Longest pause before who waits is told to ask again, in ms: a hook must not be lost when the line is cut meanwhile. */
const holdMs = 1_000

export const openGate = async (address: string): Promise<Gate> => {
  let word: Word = 'go'
  let arrived: () => void = () => {}
  let asked = Promise.resolve()
  const waiting = new Set<() => void>()
  const server = createServer((_, response) => {
    arrived()
    const answer = (): void => {
      clearTimeout(timer)
      waiting.delete(answer)
      response.end(word)
    }
    const timer = setTimeout(answer, holdMs)
    if (word === 'wait') waiting.add(answer)
    else answer()
  })
  const set = (next: Word): void => {
    word = next
    asked = new Promise(resolve => {
      arrived = resolve
    })
    for (const answer of [...waiting]) answer()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  server.unref()
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/`,
    set,
    open: () => {
      if (word === 'wait') set('go')
    },
    reached: () => asked,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A hook file with one hook. A gate that does not answer is not waited for: a cut cable must not stop a deploy. */
export const gatedHook = (hook: string, url: string): string => `
const ask = () => fetch('${url}', { signal: AbortSignal.timeout(5000) }).then(answer => answer.text(), () => 'go')
export const ${hook} = async () => {
  let answer = await ask()
  while (answer === 'wait') answer = await ask()
  if (answer === 'fail') throw new Error('told to fail')
}
`
