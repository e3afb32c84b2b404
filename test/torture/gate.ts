import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Word = 'wait' | 'fail' | 'go'

/** The gate that holds a deploy. The app's hook asks here whether it may continue. */
export interface Gate {
  readonly url: string
  /** Sets the answer to the hook: to wait, to fail, or to continue. */
  set(word: Word): void
  /** Lets a waiting hook continue. */
  open(): void
  /** Resolves once the hook asks after the last `set`. */
  reached(): Promise<void>
  close(): void
}

/** The longest wait before the hook must ask again, in ms, so that a broken connection does not lose it. */
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

/** Returns a hook file with one hook. It does not wait for a silent gate, because a cut cable must not stop a deploy. */
export const gatedHook = (hook: string, url: string): string => `
const ask = () => fetch('${url}', { signal: AbortSignal.timeout(5000) }).then(answer => answer.text(), () => 'go')
export const ${hook} = async () => {
  let answer = await ask()
  while (answer === 'wait') answer = await ask()
  if (answer === 'fail') throw new Error('told to fail')
}
`
