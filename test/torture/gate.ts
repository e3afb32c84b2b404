import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a deploy stands still: the app's hook asks here whether it may go on. */
export interface Gate {
  readonly url: string
  /** What the hook is told the next time it asks: to wait until the gate is opened, to fail, or to go on. */
  set(word: 'wait' | 'fail' | 'go'): void
  /** Resolves when the hook has asked since the last `set`. */
  reached(): Promise<void>
  close(): void
}

export const openGate = async (address: string): Promise<Gate> => {
  let word = 'go'
  let wake: () => void = () => {}
  let asked = Promise.resolve()
  const server = createServer((_, response) => {
    wake()
    response.end(word)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  server.unref()
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/`,
    set: next => {
      word = next
      asked = new Promise(resolve => {
        wake = resolve
      })
    },
    reached: () => asked,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A hook file with one hook. Whoever cannot be asked is not waited for: a cut cable must not stop a deploy. */
export const gatedHook = (hook: string, url: string): string => `
export const ${hook} = async () => {
  while (true) {
    const answer = await fetch('${url}', { signal: AbortSignal.timeout(3000) }).then(one => one.text(), () => 'go')
    if (answer === 'fail') throw new Error('told to fail')
    if (answer !== 'wait') return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
`
