import * as ss from '../commands/ss.js'
import { answerOf } from './ask.js'

export interface Listener {
  readonly address: string
  readonly port: number
  /** The programs that have the socket; none: they are unknown. */
  readonly programs: readonly string[]
}

/** Lists the programs that listen on a TCP port of this machine. */
export const listeners = async (): Promise<readonly Listener[]> =>
  parseListeners(await answerOf(ss.listeners))

/** Reads lines like `LISTEN 0 511 [::]:80 [::]:* users:(("nginx",pid=7,fd=6))` (ss(8)). */
export const parseListeners = (text: string): readonly Listener[] =>
  text.split('\n').flatMap(line => {
    const [state, , , local = ''] = line.trim().split(/\s+/)
    const [, address, port] = /^(.*):(\d+)$/.exec(local) ?? []
    if (state !== 'LISTEN' || address === undefined || port === undefined) return []
    const programs = [...line.matchAll(/\("((?:[^"\\]|\\.)*)",pid=/g)].map(match => match[1] ?? '')
    return [{ address: bare(address), port: Number(port), programs: [...new Set(programs)] }]
  })

/** Removes brackets and the name of an interface from an address: `127.0.0.53%lo`, `[fe80::1]%eth0`. */
const bare = (address: string): string =>
  address
    .replace(/%[^\]]*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')

/** Tells whether only this machine can reach an address. */
export const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address)

/** Tells whether only the machines of the fleet can reach an address. */
export const inFleetNetwork = (address: string): boolean => address.startsWith('10.83.')

/** Writes a listener like `0.0.0.0:4369` or `[::]:4369`. */
export const written = ({ address, port }: Listener): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
