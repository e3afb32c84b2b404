import { spawn } from 'node:child_process'
import type { Command } from '../core/host.js'

/** A running program to which lines are written, and whose lines are read. */
export interface Talk {
  /** Writes a line. Does nothing if the program has ended. */
  tell(line: string): void
  /** Returns the lines since the last call. Waits until there is one; null: it has ended. */
  hear(): Promise<readonly string[] | null>
  /** How it ended. */
  readonly ended: Promise<{ readonly status: number; readonly stderr: string }>
  /** Closes its input. */
  close(): void
}

/** How much of what a program complains about is kept, in characters. */
const longestStderr = 10_000

export const talkTo = ({ argv, env }: Command): Talk => {
  const [program, ...args] = argv
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {})
  let [rest, stderr] = ['', '']
  let lines: string[] = []
  let isOver = false
  let wake = (): void => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const found = (rest + text).split('\n')
    rest = found.pop() ?? ''
    lines.push(...found)
    if (found.length > 0) wake()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-longestStderr)
  })
  const ended = new Promise<{ status: number; stderr: string }>(resolve => {
    const end = (status: number): void => {
      isOver = true
      resolve({ status, stderr })
      wake()
    }
    child.once('error', () => end(127))
    child.once('close', code => end(code ?? 128))
  })
  return {
    tell: line => void child.stdin.write(`${line}\n`),
    hear: async () => {
      while (lines.length === 0 && !isOver)
        await new Promise<void>(resolve => {
          wake = resolve
        })
      const heard = lines
      lines = []
      return heard.length === 0 ? null : heard
    },
    ended,
    close: () => void child.stdin.end(),
  }
}
