import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from '../core/host.js'
import { signalGroup } from './process.js'

/** A program that runs, and is read meanwhile. */
export interface Followed {
  /** What it writes to standard output. */
  readonly lines: AsyncIterable<string>
  /** How it ended, once its lines were read. Status 127: it cannot be started. */
  readonly ended: Promise<{ readonly status: number; readonly stderr: string }>
  /** Ends it, with all it has started. */
  stop(): void
}

/** Longer lines are handed on in pieces, so that a program cannot fill the memory. In characters. */
const longestLine = 1 << 22

/** Starts a program in a process group of its own, and reads it at the pace of the reader. This process does not wait for it. */
export const follow = ({ argv, cwd, env }: Command): Followed => {
  const [program, ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // It stays open as long as this process reads, so the program can see when nobody does.
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
      // The number of a group that has ended can be another's by now.
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
