import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Ending } from '../core/ending.js'
import type { Command } from '../core/host.js'

export interface ProcessGroup {
  readonly pid: number | undefined
  readonly child: ChildProcess
  /** Resolves when the process has ended and all its output was passed on. */
  readonly ended: Promise<Ending>
  /** Sends SIGTERM to the whole group, and SIGKILL to the rest after `graceMs`. Waits until the process is gone. */
  stop(graceMs: number): Promise<void>
  /** Sends SIGKILL to everything that the process left behind in its group. */
  sweep(): void
}

export interface SpawnOptions {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string | undefined
  readonly env: NodeJS.ProcessEnv
  /** Standard input. Without it the program has none. */
  readonly input?: string | undefined
  /** Gets each line of standard output or error, without its newline. */
  readonly onLine: (line: string) => void
  /** More streams, after the three standard ones: pipes, or the message channel of Node.js. */
  readonly channels?: readonly ('pipe' | 'ipc')[]
}

/** Starts a program in a new process group. */
export const spawnGroup = (options: SpawnOptions): ProcessGroup => {
  const { argv, cwd, env, input, onLine, channels = [] } = options
  const [program, ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...channels],
  })
  // The program can end without reading its input.
  child.stdin?.on('error', () => {}).end(input)
  const ended = endingOf(child, onLine)
  const signal = (name: NodeJS.Signals): void => signalGroup(child.pid, name)
  return {
    pid: child.pid,
    child,
    ended,
    stop: async graceMs => {
      signal('SIGTERM')
      const kill = setTimeout(() => signal('SIGKILL'), graceMs)
      await new Promise<void>(resolve => {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) resolve()
        else child.once('exit', () => resolve())
      })
      clearTimeout(kill)
    },
    sweep: () => signal('SIGKILL'),
  }
}

/** Sends a signal to a process group. Does nothing if the group is gone, or belongs to another user. */
export const signalGroup = (pid: number | undefined, name: NodeJS.Signals): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // The group has ended.
  }
}

/** How long to wait for the pipes of an ended process that a program it started still keeps open, in ms. */
export const lingerMs = 500

const endingOf = (child: ChildProcess, onLine: (line: string) => void): Promise<Ending> => {
  const flushes = [splitLines(child.stdout, onLine), splitLines(child.stderr, onLine)]
  return new Promise(resolve => {
    const finish = (ending: Ending): void => {
      for (const flush of flushes) flush()
      resolve(ending)
    }
    child.once('error', error => finish({ code: null, signal: null, error }))
    child.once('exit', (code, signal) => {
      // An open pipe would also prevent the end of this process.
      const linger = setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy()
      }, lingerMs)
      child.once('close', () => {
        clearTimeout(linger)
        finish({ code, signal, error: null })
      })
    })
  })
}

/** Longer lines are split, so that output without newlines cannot fill the memory. In characters. */
const longestLine = 1 << 20

const splitLines = (stream: Readable | null, onLine: (line: string) => void): (() => void) => {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line.replace(/\r$/, ''))
    if (rest.length > longestLine) flush()
  })
  const flush = (): void => {
    if (rest !== '') onLine(rest)
    rest = ''
  }
  return flush
}

/** Passes on what a program writes, line by line, until it ends. */
export const streamLines = (
  { argv }: Command,
  onLine: (line: string) => void,
): { stopped: Promise<Ending> } => ({
  stopped: spawnGroup({ argv, env: process.env, onLine }).ended,
})

/** Starts a program that outlives this process and its parent. */
export const spawnDetached = (
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<number> => {
  const [program, ...args] = argv
  const child = spawn(program, args, { env, detached: true, stdio: 'ignore', cwd: '/' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => {
      child.unref()
      resolve(child.pid ?? 0)
    })
  })
}
