import type { Readable } from 'node:stream'

/** One packet of git's pkt-line format (gitprotocol-common(5)); null is the flush packet. */
export type Packet = string | null

export const encodePacket = (text: Packet): string =>
  text === null ? '0000' : (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text

/** Reads packets. Each call returns the packets up to the next flush. */
export const packetLists = (input: Readable): { next(): Promise<string[]> } => {
  const bytes = input[Symbol.asyncIterator]()
  let buffer: Buffer = Buffer.alloc(0)
  const take = async (count: number): Promise<Buffer> => {
    while (buffer.length < count) {
      const more = await bytes.next()
      if (more.done) throw new Error('git ended in the middle of a message')
      buffer = Buffer.concat([buffer, more.value as Buffer])
    }
    const taken = buffer.subarray(0, count)
    buffer = buffer.subarray(count)
    return taken
  }
  return {
    next: async () => {
      const packets: string[] = []
      while (true) {
        const length = Number.parseInt((await take(4)).toString('latin1'), 16)
        if (length === 0) return packets
        packets.push((await take(length - 4)).toString().replace(/\n$/, ''))
      }
    },
  }
}
