import type { Readable, Writable } from 'node:stream'

/** The longest line that is read, in bytes. */
const longestLine = 64 * 1024 * 1024

/** Reads lines and counted bytes from one stream, in the order in which they come. */
export interface Frames {
  /** Returns the next line, without its newline. @throws Error if the stream ends before it. */
  line(): Promise<string>
  /** Yields the next bytes, in pieces. @throws Error if the stream ends before them. */
  take(count: number): AsyncGenerator<Buffer>
}

export const framesIn = (stream: Readable): Frames => {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async (): Promise<Buffer> => {
    const { done, value } = await chunks.next()
    if (done) throw new Error('the other end went away')
    return Buffer.from(value)
  }
  return {
    line: async () => {
      let at = rest.indexOf(newline)
      while (at < 0) {
        const from = rest.length
        rest = Buffer.concat([rest, await more()])
        if (rest.length > longestLine) throw new Error('the other end sends a line without an end')
        at = rest.indexOf(newline, from)
      }
      const line = rest.toString('utf8', 0, at)
      rest = rest.subarray(at + 1)
      return line
    },
    take: async function* (count) {
      let left = count
      while (left > 0) {
        const piece = (rest.length > 0 ? rest : await more()).subarray(0)
        const part = piece.subarray(0, left)
        rest = piece.subarray(part.length)
        left -= part.length
        yield part
      }
    },
  }
}

const newline = 0x0a

/** Writes to a stream at the pace of its reader. @throws Error if the reader has gone. */
export const send = (stream: Writable, bytes: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(bytes, error => (error ? reject(error) : resolve()))
  })
