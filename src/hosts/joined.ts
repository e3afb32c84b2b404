import { spawn } from 'node:child_process'
import type { Command } from '../core/host.js'

/** How a program ended. */
export interface JoinedEnd {
  /** 127: it cannot be started. */
  readonly status: number
  readonly stderr: string
}

/** Runs two programs, each of which reads what the other writes. @returns how both ended. */
export const runJoined = async (one: Command, other: Command): Promise<readonly [JoinedEnd, JoinedEnd]> => {
  const [first, second] = [start(one), start(other)]
  first.child.stdout.pipe(second.child.stdin)
  second.child.stdout.pipe(first.child.stdin)
  // What one still writes when the other has ended goes nowhere. Without a reader it would wait for ever.
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const)
    one.child.stdin.once('close', () => other.child.stdout.unpipe(one.child.stdin).resume())
  return Promise.all([first.ended, second.ended])
}

const start = ({ argv, env }: Command) => {
  const [program, ...args] = argv
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  // The program can end while the other still writes.
  child.stdin.on('error', () => {})
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-longestStderr)
  })
  const ended = new Promise<JoinedEnd>(resolve => {
    child.once('error', error => resolve({ status: 127, stderr: String(error) }))
    child.once('close', code => resolve({ status: code ?? 128, stderr }))
  })
  return { child, ended }
}

/** How much of what a program complains about is kept, in characters. */
const longestStderr = 10_000
