import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tell } from './output.js'

/**
 * Reads secrets. The terminal does not show what a person types; a script writes one secret a line to standard input.
 */
export const readSecrets = async (names: readonly string[]): Promise<readonly string[]> => {
  if (!process.stdin.isTTY) return (await text(process.stdin)).split('\n').map(line => line.trim())
  // This output discards what readline would show.
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
