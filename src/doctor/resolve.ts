import { connect } from 'node:net'
import * as getent from '../commands/getent.js'
import { ask } from './ask.js'

/**
 * The addresses of a name; none: it has none. Not by `dns.lookup`, which nothing can stop: this process could not end
 * before a name server has answered.
 */
export const addressesOf = async (name: string): Promise<readonly string[]> =>
  parseAddresses((await ask(getent.addresses(name))).stdout)

export const parseAddresses = (text: string): readonly string[] => [
  ...new Set(
    text
      .split('\n')
      .map(line => line.split(/\s+/)[0] ?? '')
      .filter(Boolean),
  ),
]

const connectMs = 2_000

/** Whether somebody takes TCP connections there. */
export const isReached = (address: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: address, port })
    const end = (reached: boolean): void => {
      socket.destroy()
      resolve(reached)
    }
    socket.setTimeout(connectMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
