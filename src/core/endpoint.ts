import type { Live, Slot } from './live.js'

/** The address at which a process accepts connections. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Returns an endpoint that only this machine can reach. */
export const onLoopback = (port: number): Endpoint => ({ host: '127.0.0.1', port })

export const isSameEndpoint = (one: Endpoint, other: Endpoint): boolean =>
  one.host === other.host && one.port === other.port

/** The files of an app without processes, in one of its two slots. The proxy serves them itself. */
export interface Files {
  readonly files: Slot
}

/** The place from which a proxy takes an app's answers. */
export type Backend = Endpoint | Files

export const isFiles = (backend: Backend): backend is Files => 'files' in backend

/** Returns the backend of the live version. */
export const backendOf = ({ processes, slot, port }: Pick<Live, 'processes' | 'slot' | 'port'>): Backend =>
  processes.length === 0 ? { files: slot } : onLoopback(port)
