import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { GatlingError } from '../core/error.js'
import type { FleetKeeper } from '../core/fleet.js'
import type { ReverseProxy } from '../core/proxy.js'
import type { ServiceManager } from '../core/service-manager.js'
import { type AppKeeper, type Asked, protocol, type Room, rowOf, understood } from './protocol.js'
import { answerSchema, errorStatus, textOf } from './wire.js'

export interface KeeperClient {
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  readonly apps: AppKeeper
  readonly fleet: FleetKeeper
  /**
   * Takes the lease of the app for one deploy.
   * @returns a function that releases it.
   * @throws GatlingError NOT_SERVING or DOOR_CLOSED.
   */
  lease(project: string, run: number): Promise<() => void>
}

/** Makes the deploy's end of the protocol. If nobody listens, every call throws what `unreachable` makes. */
export const keeperClient = (socket: string, unreachable: () => GatlingError): KeeperClient => {
  const ask = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const response = await post(socket, unreachable, name, args)
    return understood(name, rowOf(name).row.result, await answerOf(name, response))
  }
  const room = <Name extends Room>(name: Name): Asked<Name> =>
    Object.fromEntries(
      Object.keys(protocol[name]).map(method => [
        method,
        (...args: readonly unknown[]) => ask(`${name}.${method}`, args),
      ]),
    ) as unknown as Asked<Name>

  return {
    services: room('services'),
    proxy: room('proxy'),
    apps: room('apps'),
    fleet: room('fleet'),
    lease: (project, run) => hold(socket, unreachable, project, run),
  }
}

/** How often a deploy asks whether the keeper is back, in ms. */
const holdAgainMs = 500

const hold = async (
  socket: string,
  unreachable: () => GatlingError,
  project: string,
  run: number,
): Promise<() => void> => {
  let isWanted = true
  let held: IncomingMessage
  /** Takes the lease. After a restart the keeper must learn again which run has it. */
  const holdOnce = async (): Promise<void> => {
    held = await post(socket, unreachable, 'lease', [project, run])
    if (held.statusCode === errorStatus) await answerOf('lease', held)
    held
      .on('error', () => {})
      .once('close', () => {
        if (isWanted && !held.complete) holdAgain()
      })
    held.resume()
    // The lease was released meanwhile.
    if (!isWanted) held.destroy()
  }
  const holdAgain = (): void => {
    holdOnce().catch(() => {
      if (isWanted) setTimeout(holdAgain, holdAgainMs).unref()
    })
  }
  await holdOnce()
  return () => {
    isWanted = false
    held.destroy()
  }
}

/** Reads the answer of a call. @throws GatlingError of the other end, or OTHER_VERSION. */
const answerOf = async (name: string, response: IncomingMessage): Promise<unknown> => {
  const answer = understood(name, answerSchema, JSON.parse(await textOf(response)))
  if ('error' in answer) throw new GatlingError(answer.error.code, answer.error)
  return answer.value
}

/** Sends a call. It makes its own connection, because an agent of node:http takes several ms for its first one. */
const post = (socketPath: string, unreachable: () => GatlingError, name: string, args: unknown) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(
      { createConnection: () => connect(socketPath), path: `/${name}`, method: 'POST' },
      resolve,
    )
    outgoing.once('error', () => reject(unreachable()))
    outgoing.end(JSON.stringify(args))
  })
