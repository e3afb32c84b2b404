import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from '../core/host.js'
import { signalGroup } from './process.js'

/** A running program whose output is read meanwhile. */
export interface Followed {
  /** The lines of its standard output. */
  readonly lines: AsyncIterable<string>
  /** How it ended, after its lines were read. Status 127: it cannot be started. */
  readonly ended: Promise<{ readonly status: number; readonly stderr: string }>
  /** Ends the program, with all it has started. */
  stop(): void
}

/** Longer lines are split, so that a program cannot fill the memory. In characters. */
const longestLine = 1 << 22

/**
 * Starts a program in a new process group, and reads its output at the pace of the reader. This process can end before
 * it.
 */
export const follow = ({ argv, cwd, env }: Command): Followed => {
  const [program, ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // The input stays open while this process reads, so the program can see when nobody reads any longer.
  child.stdin.on('error', () => {})
  child.unref()
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref()
  const stderr = text(child.stderr).catch(() => '')
  const status = new Promise<number>(resolve => {
    child.once('error', () => resolve(127))
    child.once('exit', code => resolve(code ?? 128))
  })
  return {
    lines: linesIn(child.stdout),
    ended: Promise.all([status, stderr]).then(([status, stderr]) => ({ status, stderr })),
    stop: () => {
      // The number of an ended group can belong to another group by now.
      if (child.exitCode === null && child.signalCode === null) signalGroup(child.pid, 'SIGTERM')
    },
  }
}

async function* linesIn(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length < longestLine) continue
    yield rest
    rest = ''
  }
  if (rest !== '') yield rest
}
