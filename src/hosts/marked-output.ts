import { writeSync } from 'node:fs'

/** What our processes say when they are done with something, on each output, behind all that was said there. */
const done = '\0done'

/** The output of a process of ours: what it says arrives on other ways than its answers, and may be behind them. */
export const markedOutput = (hear: (line: string) => void) => {
  let finish = (): void => {}
  return {
    onLine: (line: string): void => {
      const isEnd = line.endsWith(done)
      // What was said last may be no whole line.
      if (line !== done) hear(isEnd ? line.slice(0, -done.length) : line)
      if (isEnd) finish()
    },
    /** Resolves when the process is done with what it is asked next, and all it has to say of that was heard. */
    heard: (): Promise<void> =>
      new Promise(resolve => {
        let left = outputs.length
        finish = () => {
          left--
          if (left === 0) resolve()
        }
      }),
  }
}

const outputs = [process.stdout, process.stderr]
/** As they were: a hook may put something in their place. */
const writers = outputs.map(output => output.write.bind(output))

/** The other end, in node; in Elixir a line does it. A stream that a hook has ended stays open (process.stdout of node). */
export const markOutput = (): void => {
  for (const [at, output] of outputs.entries()) {
    if (output.writableEnded) writeSync(output.fd, `${done}\n`)
    else writers[at]?.(`${done}\n`)
  }
}
