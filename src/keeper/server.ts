import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { FleetKeeper } from '../core/fleet.js'
import type { ReverseProxy } from '../core/proxy.js'
import type { ServiceManager } from '../core/service-manager.js'
import { homeTooLong } from './errors.js'
import { type AppKeeper, lease, type Room, rowOf, type Served, understood } from './protocol.js'
import { errorStatus, textOf, wireError } from './wire.js'

/** The longest arguments of a call, in bytes. An app's own nginx.conf is the longest of them. */
const longestCall = 1024 * 1024
/**
 * How many calls of one app, which can be hostile, are carried out at the same time. Each waiting push began with one
 * call.
 */
const mostCalls = 64

/** The longest path of a socket, in bytes: sun_path of unix(7), without its final zero. */
export const longestSocketPath = 107

export interface KeeperOptions {
  /** A path, or a socket that is already open. */
  readonly listen: string | { readonly fd: number }
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  /** null: the caller can do these things itself. */
  readonly apps: AppKeeper | null
  /** What it does on a fleet. Without it this machine is in none. */
  readonly fleet?: FleetKeeper
  /** The only project that calls may name; null: any. */
  readonly only: string | null
  readonly onLeaseLost: (project: string, run: number) => void
  /** Runs before a new lease is given. */
  readonly beforeLease: (project: string) => Promise<void>
  /** Gets every call before it is carried out. */
  readonly onCall?: (name: string, args: unknown) => void
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

/** Returns the methods of each room by name, after a check by types that they fit the table. */
const roomsOf = ({
  services,
  proxy,
  apps,
  fleet,
}: KeeperOptions): Readonly<Record<Room, Readonly<Record<string, Method>>>> => {
  const rooms: { readonly [Name in Room]: Served<Name> | null } = {
    services,
    proxy,
    apps,
    fleet: fleet ?? null,
  }
  return rooms as unknown as Readonly<Record<Room, Readonly<Record<string, Method>>>>
}

/** Serves the keeper's end of the protocol. @throws GatlingError HOME_TOO_LONG. */
export const listenAsKeeper = async (options: KeeperOptions): Promise<Server> => {
  const { listen, only, onLeaseLost, beforeLease, onCall } = options
  if (typeof listen === 'string' && Buffer.byteLength(listen) > longestSocketPath) throw homeTooLong(listen)
  const rooms = roomsOf(options)
  const call = async (name: string, given: unknown): Promise<unknown> => {
    const { room, method, row } = rowOf(name)
    const args = understood(name, row.args, given)
    refuseOthers(only, projectIn(args))
    onCall?.(name, args)
    const carryOut = rooms[room]?.[method]
    if (carryOut === undefined) throw new Error('this can be done without asking')
    return carryOut(...args)
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = (incoming.url ?? '').slice(1)
    const body: unknown = JSON.parse(await textOf(incoming, longestCall))
    if (name === 'lease') {
      const [leased, run] = understood('lease', lease, body)
      refuseOthers(only, leased)
      await beforeLease(leased)
      response.once('close', () => onLeaseLost(leased, run))
      response.writeHead(200).flushHeaders()
      return
    }
    const value = await call(name, body)
    response.end(JSON.stringify({ value: value ?? null }))
  }
  // A wrong or unfinished call must not end embedded mode.
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) =>
      response.writeHead(errorStatus).end(JSON.stringify({ error: wireError(error) })),
    )
  })
  server.requestTimeout = 0
  if (only !== null) server.maxConnections = mostCalls
  if (typeof listen === 'string') rmSync(listen, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen, () => resolve())
  })
  if (typeof listen === 'string') chmodSync(listen, 0o600)
  return server
}

const projectIn = ([first]: readonly unknown[]): unknown =>
  typeof first === 'object' && first !== null && 'project' in first ? first.project : first

/** Refuses a call about another app, because an app's user can send anything. */
const refuseOthers = (only: string | null, project: unknown): void => {
  if (only !== null && project !== only) throw new Error(`this is the door of ${only}`)
}
