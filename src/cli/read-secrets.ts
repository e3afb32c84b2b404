import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tell } from './output.js'

/** Asks a person for secrets, which the terminal does not show; a script writes them on lines of standard input. */
export const readSecrets = async (names: readonly string[]): Promise<readonly string[]> => {
  if (!process.stdin.isTTY) return (await text(process.stdin)).split('\n').map(line => line.trim())
  // It types nothing back.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const prompt = createInterface({ input: process.stdin, output, terminal: true })
  const given: string[] = []
  for (const name of names) {
    tell(`${name}:`)
    given.push((await prompt.question('')).trim())
  }
  prompt.close()
  return given
}
