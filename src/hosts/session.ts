import { spawn } from 'node:child_process'
import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { Command } from '../core/host.js'

/** A dialogue with a running program. Its input ends when this process ends in any way. */
export interface Session {
  /**
   * Writes to the program, and waits until it has written a line with only this word.
   * @throws GatlingError COMMAND_FAILED if it ends before, with its output.
   */
  readonly ask: (text: string, word: string) => Promise<void>
  /** Ends the program's input, and waits for its end. @returns its exit code. */
  readonly end: () => Promise<number>
}

export const openSession = ({ argv, cwd, env }: Command): Session => {
  const [program, ...args] = argv
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' })
  let said = ''
  let heard = (): void => {}
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      said += text
      heard()
    })
  // The program can have ended.
  child.stdin.on('error', () => {})
  const ended = new Promise<number>(resolve => {
    child.once('error', () => resolve(127))
    child.once('close', code => resolve(code ?? 137))
  })
  return {
    ask: async (text, word) => {
      said = ''
      const answered = new Promise<null>(resolve => {
        heard = () => {
          if (said.split('\n').includes(word)) resolve(null)
        }
      })
      child.stdin.write(text)
      const code = await Promise.race([answered, ended])
      if (code !== null)
        throw commandFailed(argv.join(' '), endedWith(code), said.trim().split('\n').slice(-5))
    },
    end: () => {
      child.stdin.end()
      return ended
    },
  }
}
