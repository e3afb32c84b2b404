import { writeSync } from 'node:fs'

/**
 * The mark that Gatling's processes write to each output, after all other output, when they are done with a request.
 */
const done = '\0done'

/**
 * Reads the output of one of Gatling's processes. Output and answers come on different channels, so output can be late.
 */
export const markedOutput = (hear: (line: string) => void) => {
  let finish = (): void => {}
  return {
    onLine: (line: string): void => {
      const isEnd = line.endsWith(done)
      // The last output can be a line without a newline.
      if (line !== done) hear(isEnd ? line.slice(0, -done.length) : line)
      if (isEnd) finish()
    },
    /** Waits until the process is done with the next request, and all its output for that was read. */
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
/** The original functions, because a hook can replace them. */
const writers = outputs.map(output => output.write.bind(output))

/**
 * Writes the mark, in a process of Node.js; in Elixir one line does it. A stream that a hook has ended stays open
 * (process.stdout of Node.js).
 */
export const markOutput = (): void => {
  for (const [at, output] of outputs.entries()) {
    if (output.writableEnded) writeSync(output.fd, `${done}\n`)
    else writers[at]?.(`${done}\n`)
  }
}
