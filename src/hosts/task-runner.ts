import type { Ending } from '../core/ending.js'
import type { TaskRunner } from '../core/host.js'
import { markedOutput } from './marked-output.js'
import { packet } from './packet.js'
import { type ProcessGroup, spawnGroup } from './process.js'

/** A process that carries out commands, one after the other. */
export interface RunningTasks {
  /** The mark of all processes that it has started. */
  readonly mark: string
  readonly group: ProcessGroup
  /** Runs a command. @returns how it ended. A command that fails ends the process. */
  run(words: readonly string[], onLine: (line: string) => void): Promise<Ending>
}

/** Starts a task runner in a folder. If its program does not exist, the first command fails. */
export const startTaskRunner = (
  { argv }: Pick<TaskRunner, 'argv'>,
  mark: string,
  cwd: string | undefined,
  env: NodeJS.ProcessEnv,
): RunningTasks => {
  let hear = (_line: string): void => {}
  const { onLine, heard } = markedOutput(line => hear(line))
  const group = spawnGroup({ argv, cwd, env, onLine, channels: ['pipe'] })
  const [, , , requests] = group.child.stdio
  if (!requests || !('write' in requests)) throw new Error(`no pipe to ${argv[0]}`)
  requests.on('error', () => {})
  return {
    mark,
    group,
    run: (words, listener) => {
      hear = listener
      const ended = heard().then((): Ending => ({ code: 0, signal: null, error: null }))
      requests.write(packet(Buffer.from(words.join('\0'))))
      return Promise.race([ended, group.ended])
    },
  }
}
