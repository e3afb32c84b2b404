import { fileURLToPath } from 'node:url'
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

/** The script says it when a task is done, once on each of its outputs, behind all that the task has said there. */
const done = '\0done'
const outputs = 2

/** Starts a VM in the folder of a project. Whether there is an Elixir to do so is told by the first task. */
export const startMixVm = (mark: string, cwd: string | undefined, env: NodeJS.ProcessEnv): MixVm => {
  let hear = (_line: string): void => {}
  let finish = (): void => {}
  const onLine = (line: string): void => {
    const isEnd = line.endsWith(done)
    // What was said last may be no whole line.
    if (line !== done) hear(isEnd ? line.slice(0, -done.length) : line)
    if (isEnd) finish()
  }
  const group = spawnGroup({ argv: ['elixir', script], cwd, env, onLine, channels: ['pipe'] })
  const [, , , requests] = group.child.stdio
  if (!requests || !('write' in requests)) throw new Error('no pipe to elixir')
  requests.on('error', () => {})
  return {
    mark,
    group,
    run: (words, listener) => {
      hear = listener
      const isDone = new Promise<Ending>(resolve => {
        let left = outputs
        finish = () => {
          left--
          if (left === 0) resolve({ code: 0, signal: null, error: null })
        }
      })
      requests.write(packet(Buffer.from(words.join('\0'))))
      return Promise.race([isDone, group.ended])
    },
  }
}
