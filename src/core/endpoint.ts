import type { Live, Slot } from './live.js'

/** Where a process takes connections. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** A port of this machine that other machines do not reach. */
export const onLoopback = (port: number): Endpoint => ({ host: '127.0.0.1', port })

export const isSameEndpoint = (one: Endpoint, other: Endpoint): boolean =>
  one.host === other.host && one.port === other.port

/** The files of an app without processes, in the place of one of its two slots: the proxy serves them itself. */
export interface Files {
  readonly files: Slot
}

/** Where a proxy takes the answers of an app from. */
export type Backend = Endpoint | Files

export const isFiles = (backend: Backend): backend is Files => 'files' in backend

/** Where the version that serves is. */
export const backendOf = ({ processes, slot, port }: Pick<Live, 'processes' | 'slot' | 'port'>): Backend =>
  processes.length === 0 ? { files: slot } : onLoopback(port)
