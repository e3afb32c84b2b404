import { randomUUID } from 'node:crypto'
import type { Ending } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import type { Command, Host, TaskRunner } from '../core/host.js'
import { commandLate, commandMissing } from './errors.js'
import { writeWhole } from './files.js'
import { probe } from './http-probe.js'
import { commandMark, endLeftBehind } from './left-behind.js'
import { accepts } from './ports.js'
import { type ProcessGroup, spawnGroup } from './process.js'
import { killAll, processesWith } from './procfs.js'
import { type RunningTasks, startTaskRunner } from './task-runner.js'

export interface LocalHostOptions {
  /** The environment of every command. A command can add to it. */
  readonly environment: NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  /** An abort stops the running command. */
  readonly signal: AbortSignal
  /** How long a program that was left behind may block the end of a command, in ms. The default is half a minute. */
  readonly patience?: number
}

/** How many lines of a failed command its error quotes. */
const repeatedLines = 15
/** How long a command has to end when the deploy is cancelled, in ms. */
const cancelGraceMs = 5_000
/** How long a command has to end when its time is over, in ms. */
const lateGraceMs = 1_000

/** Returns the host for this machine. */
export const localHost = ({ environment, emit, signal, patience }: LocalHostOptions): Host => {
  let tasks: RunningTasks | null = null
  const environmentOf = (command: Command, mark: string): NodeJS.ProcessEnv => ({
    ...environment,
    ...command.env,
    [commandMark]: mark,
  })

  /** Waits for a command, and stops its processes if the deploy is cancelled or the time is over. */
  const endOf = async (command: Command, group: ProcessGroup, mark: string, ended: Promise<Ending>) => {
    const stops: unknown[] = []
    const stop = (why: unknown, graceMs: number): void => {
      stops.push(why)
      void group.stop(graceMs)
    }
    const cancel = (): void => stop(signal.reason, cancelGraceMs)
    const { timeoutMs } = command
    const late = (): void => stop(commandLate(command.argv.join(' '), timeoutMs ?? 0), lateGraceMs)
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
    const stopLooking = endLeftBehind(group.pid, mark, text => emit({ type: 'warning', text }), patience)
    signal.addEventListener('abort', cancel)
    try {
      const ending = await ended
      if (stops.length > 0) throw stops[0]
      return ending
    } finally {
      clearTimeout(timer)
      stopLooking()
      signal.removeEventListener('abort', cancel)
      if (stops.length > 0) killAll(() => processesWith(commandMark, mark))
    }
  }

  const execute = async (command: Command, onLine: (line: string) => void) => {
    const mark = randomUUID()
    const group = spawnGroup({ ...command, env: environmentOf(command, mark), onLine })
    try {
      return await endOf(command, group, mark, group.ended)
    } finally {
      group.sweep()
    }
  }

  const executeByRunner = async (command: Command, runner: TaskRunner, onLine: (line: string) => void) => {
    const mark = tasks?.mark ?? randomUUID()
    tasks ??= startTaskRunner(runner, mark, command.cwd, environmentOf(command, mark))
    let goesOn = false
    try {
      const ending = await endOf(command, tasks.group, mark, tasks.run(command.argv.slice(1), onLine))
      // A successful command can have ended the runner.
      const isThere = tasks.group.child.exitCode === null
      goesOn = ending.code === 0 && !runner.isLast && isThere
      return ending
    } finally {
      if (!goesOn) await rest()
    }
  }

  const rest = async (): Promise<void> => {
    const ends = tasks
    tasks = null
    ends?.group.sweep()
    await ends?.group.ended
  }

  return {
    rest,
    run: async command => {
      const { runner, changes } = command
      const shown = command.argv.join(' ')
      const lines: string[] = []
      if (!command.quiet) emit({ type: 'command', text: shown, ...(changes ? { changes } : {}) })
      const onLine = (line: string): void => {
        lines.push(line)
        if (!command.quiet) emit({ type: 'output', text: asSeen(line) })
      }
      const ending = await (runner ? executeByRunner(command, runner, onLine) : execute(command, onLine))
      if (ending.error?.code === 'ENOENT') throw commandMissing(command.argv[0])
      if (ending.code !== 0) throw commandFailed(shown, ending, lines.slice(-repeatedLines).map(asSeen))
      return lines.join('\n')
    },
    succeeds: async command => (await execute(command, () => {})).code === 0,
    write: async (path, text) => writeWhole(path, text),
    accepts,
    probe,
  }
}

/** Returns what a terminal shows of a line that was overwritten, such as a progress bar. */
const asSeen = (line: string): string => line.replace(/\r+$/, '').replace(/^.*\r/s, '')
