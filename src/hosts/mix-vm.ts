import { fileURLToPath } from 'node:url'
import { packet } from './packet.js'
import { afterOutput, type Ending, type ProcessGroup, spawnGroup } from './process.js'

const script = fileURLToPath(new URL('../../elixir/mix_tasks.exs', import.meta.url))

/** A VM for mix tasks, one after the other. */
export interface MixVm {
  /** By it all that it has started is found. */
  readonly mark: string
  readonly group: ProcessGroup
  /** @returns how the task ended; one that fails ends the VM. */
  run(words: readonly string[], onLine: (line: string) => void): Promise<Ending>
}

/** Starts a VM in the folder of a project. Whether there is an Elixir to do so is told by the first task. */
export const startMixVm = (mark: string, cwd: string | undefined, env: NodeJS.ProcessEnv): MixVm => {
  let hear = (_line: string): void => {}
  let answer = (): void => {}
  const group = spawnGroup({
    argv: ['elixir', script],
    cwd,
    env,
    onLine: line => hear(line),
    channels: ['pipe', 'pipe'],
  })
  const [, , , requests, replies] = group.child.stdio
  if (!requests || !('write' in requests) || !replies || !('read' in replies))
    throw new Error('no pipes to elixir')
  requests.on('error', () => {})
  replies.on('data', () => answer())
  return {
    mark,
    group,
    run: async (words, onLine) => {
      hear = onLine
      const done = new Promise<Ending>(resolve => {
        answer = () => resolve({ code: 0, signal: null, error: null })
      })
      requests.write(packet(Buffer.from(words.join('\0'))))
      const ending = await Promise.race([done, group.ended])
      await afterOutput()
      return ending
    },
  }
}
