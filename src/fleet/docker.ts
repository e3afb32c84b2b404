import { request } from 'node:http'
import * as v from 'valibot'
import { dockerRefused } from './errors.js'

/** Docker answers here. Only root can reach it. */
const socketPath = '/run/docker.sock'
/** The version of Docker's API: that of Docker 24. Newer ones know it, too. */
const version = 'v1.43'
/** A join waits for a manager for 20 s. */
const deadlineMs = 40_000

/**
 * Calls Docker's API. Its command line would show the token of a join to every user of the machine.
 * @returns the body of the answer.
 * @throws GatlingError DOCKER_REFUSED.
 */
const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> =>
  new Promise((resolve, reject) => {
    const refuse = (reason: string): void => reject(dockerRefused(`${method} ${path}`, reason))
    const outgoing = request(
      {
        socketPath,
        method,
        path: `/${version}/${path}`,
        headers: { 'content-type': 'application/json' },
        timeout: deadlineMs,
      },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', part => {
          text += part
        })
        response.once('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(text)
          else refuse(text.trim())
        })
      },
    )
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${deadlineMs / 1_000} s`)))
    outgoing.once('error', error => refuse(error.message))
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })

const ask = async <Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): Promise<v.InferOutput<Schema>> => v.parse(schema, JSON.parse(await call('GET', path)))

const clusterSchema = v.object({
  Version: v.object({ Index: v.number() }),
  Spec: v.record(v.string(), v.unknown()),
  JoinTokens: v.object({ Worker: v.string(), Manager: v.string() }),
})

const nodeSchema = v.object({
  ID: v.string(),
  Version: v.object({ Index: v.number() }),
  Spec: v.looseObject({ Role: v.string(), Availability: v.string() }),
  Description: v.object({ Hostname: v.string() }),
  Status: v.object({ State: v.string() }),
  ManagerStatus: v.optional(v.object({ Reachability: v.string() })),
})
/** A machine as Swarm knows it. */
export type SwarmNode = v.InferOutput<typeof nodeSchema>

const infoSchema = v.object({
  Swarm: v.object({ LocalNodeState: v.string(), ControlAvailable: v.optional(v.boolean(), false) }),
})

/** Tells whether this machine is in a Swarm, and whether it is a manager that can answer. */
export const swarmHere = async (): Promise<'none' | 'worker' | 'manager'> => {
  const { Swarm } = await ask('info', infoSchema)
  if (Swarm.LocalNodeState === 'inactive') return 'none'
  return Swarm.ControlAvailable ? 'manager' : 'worker'
}

/** Tells where a machine listens: nowhere but in the fleet network. */
const listening = (inside: string) => ({
  ListenAddr: `${inside}:2377`,
  AdvertiseAddr: `${inside}:2377`,
  DataPathAddr: inside,
})

/** Makes a Swarm of this machine alone. Its network for published ports is removed: seats publish no port. */
export const initSwarm = async (inside: string): Promise<void> => {
  await call('POST', 'swarm/init', listening(inside))
  await call('DELETE', 'networks/ingress')
}

/** Makes this machine the only manager, when no majority of managers is left. Services and configs stay. */
export const restartSwarm = (inside: string): Promise<string> =>
  call('POST', 'swarm/init', { ...listening(inside), ForceNewCluster: true })

export const joinSwarm = (inside: string, managers: readonly string[], token: string): Promise<string> =>
  call('POST', 'swarm/join', {
    ...listening(inside),
    RemoteAddrs: managers.map(address => `${address}:2377`),
    JoinToken: token,
  })

export const leaveSwarm = (): Promise<string> => call('POST', 'swarm/leave?force=1')

/** Returns the token that lets a machine in. */
export const joinToken = async (manager: boolean): Promise<string> => {
  const { JoinTokens } = await ask('swarm', clusterSchema)
  return manager ? JoinTokens.Manager : JoinTokens.Worker
}

/** Makes the tokens of earlier joins worthless. */
export const rotateTokens = async (): Promise<void> => {
  const { Version, Spec } = await ask('swarm', clusterSchema)
  await call(
    'POST',
    `swarm/update?version=${Version.Index}&rotateWorkerToken=true&rotateManagerToken=true`,
    Spec,
  )
}

/** Lists the machines of the Swarm. Only a manager knows them. */
export const swarmNodes = (): Promise<readonly SwarmNode[]> => ask('nodes', v.array(nodeSchema))

/** Makes a manager a worker. */
export const demote = ({ ID, Version, Spec }: SwarmNode): Promise<string> =>
  call('POST', `nodes/${ID}/update?version=${Version.Index}`, { ...Spec, Role: 'worker' })

/** Removes a machine from the Swarm, which moves its seats. */
export const removeNode = ({ ID }: SwarmNode): Promise<string> => call('DELETE', `nodes/${ID}?force=true`)

/** Removes the bridge that Docker makes in a Swarm. */
export const removeBridge = (): Promise<string> => call('DELETE', 'networks/docker_gwbridge')
