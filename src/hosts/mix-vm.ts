import { fileURLToPath } from 'node:url'
import { markedOutput } from './marked-output.js'
import { packet } from './packet.js'
import { type Ending, type ProcessGroup, spawnGroup } from './process.js'

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
  const { onLine, heard } = markedOutput(line => hear(line))
  const group = spawnGroup({ argv: ['elixir', script], cwd, env, onLine, channels: ['pipe'] })
  const [, , , requests] = group.child.stdio
  if (!requests || !('write' in requests)) throw new Error('no pipe to elixir')
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
