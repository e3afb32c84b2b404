import { connect } from 'node:net'
import * as getent from '../commands/getent.js'
import { ask } from './ask.js'

/**
 * Returns the addresses of a name. It does not use `dns.lookup`, which cannot be stopped: this process could not end
 * before a name server answers.
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

/** Tells whether a program accepts TCP connections at an address. */
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
