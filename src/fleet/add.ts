import { lookup } from 'node:dns/promises'
import { rmSync } from 'node:fs'
import * as v from 'valibot'
import { fingerprints } from '../commands/ssh.js'
import { type Action, runInOrder } from '../core/action.js'
import { GatlingError } from '../core/error.js'
import type { EventBody } from '../core/event.js'
import { type Fleet, isLead } from '../core/fleet.js'
import { runCommand } from '../hosts/capture.js'
import { whileLocked } from '../hosts/lock.js'
import { readFleet } from '../state/fleet.js'
import {
  type Adding,
  identitySchema,
  memberPaths,
  readAdding,
  readMembers,
  writeAdding,
} from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { insideAddress } from '../templates/wireguard.js'
import { nodeNotAdded, nodeThere, nodeUnfit, notLead, otherAdd, rootClosed } from './errors.js'
import { claimThere, sendElixirs, sendGatling, setupThere, undoSetupThere } from './install.js'
import { isLeading, lead } from './lead.js'
import { look, type Sight } from './look.js'
import { leave } from './member.js'
import { asRoot, closeRoot, type Root, rootOfNew } from './root.js'
import { dropFromSwarm, letIntoSwarm } from './swarm.js'
import { greet, tell } from './tell.js'
import { fleetIdentity } from './trust.js'

/** The choices of a person, and what setup needs there. */
export interface AddOptions {
  readonly manager: boolean
  /** The options of `gatling setup` there. */
  readonly setup: string
}

/**
 * Adds a machine to the fleet, or finishes what a killed add of it has begun. The first add makes the fleet.
 * @param host its address, where root accepts this machine's key.
 * @returns its name.
 * @throws GatlingError of the look, or FLEET_NODE_NOT_ADDED.
 */
export const addNode = (
  host: string,
  options: AddOptions,
  emit: (event: EventBody) => void,
): Promise<string> =>
  whileLocked(serverPaths.lock('fleet'), async () => {
    const before = readFleet()
    if (before !== null && !isLead(before)) throw notLead(before.lead)
    await fleetIdentity()
    rmSync(memberPaths.firstHost, { force: true })
    const root = rootOfNew(host)
    try {
      return await addAsRoot(root, before, options, emit)
    } catch (error) {
      // Another try needs it.
      if (!isClosed(error)) emit(stillOpen(host))
      throw error
    }
  })

/** Adds a machine whose root accepts this machine's key. */
const addAsRoot = async (
  root: Root,
  before: Fleet | null,
  options: AddOptions,
  emit: (event: EventBody) => void,
): Promise<string> => {
  const { host } = root
  const sight = await look(root)
  const adding = await chosen(host, options.manager, sight, before)
  emit({ type: 'note', text: `first contact with ${adding.name}: ${await hostKeyOf()}` })
  await runInOrder(
    [...begin(root, adding, sight, options.setup, before !== null), ...joining(root, adding)],
    (action, reason) => nodeNotAdded(host, action, reason),
    emit,
  )
  for (const path of [memberPaths.adding, memberPaths.firstHost]) rmSync(path, { force: true })
  await closeRoot(root).catch(() => emit(stillOpen(adding.name)))
  return adding.name
}

/** Tells whether root of the machine does not accept this machine's key. */
const isClosed = (error: unknown): boolean => error instanceof GatlingError && error.code === rootClosed.code

const stillOpen = (host: string): EventBody => ({
  type: 'warning',
  text: `root of ${host} still accepts this machine's key. If you do not try again, remove the line gatling-fleet from /root/.ssh/authorized_keys there`,
})

/** Writes the fingerprints of the host keys that were seen at the first contact. */
const hostKeyOf = async (): Promise<string> =>
  (await runCommand(fingerprints(memberPaths.firstHost))).stdout.trim().split('\n').join('; ')

/** Chooses number and addresses. A killed add of the same machine goes on with the number that it had. */
const chosen = async (
  host: string,
  manager: boolean,
  { name }: Sight,
  fleet: Fleet | null,
): Promise<Adding> => {
  const begun = readAdding()
  if (begun !== null && begun.name !== name) throw otherAdd(begun.name, begun.address)
  if (begun === null && fleet?.nodes.some(node => node.name === name)) throw nodeThere(name)
  const { address: endpoint } = await lookup(host).catch(() => {
    throw nodeUnfit(host, 'its name has no address', 'Name it by its IP address.')
  })
  const numbers = readMembers().map(({ number }) => number)
  return { name, address: host, endpoint, number: begun?.number ?? Math.max(1, ...numbers) + 1, manager }
}

/** Runs a command of Gatling as root there. */
const gatling = (root: Root, words: string, input?: string): Promise<string> =>
  asRoot(root, `${serverPaths.gatling} ${words}`, input)

/** Returns the actions that make a machine a server, and the first one that makes this machine a lead. */
const begin = (
  root: Root,
  adding: Adding,
  { server, made, client }: Sight,
  setup: string,
  hadFleet: boolean,
): readonly Action[] => {
  const isServer = server && !made
  return [
    {
      name: 'make_this_machine_the_lead',
      isMade: isLeading,
      run: () => lead(client),
      // The person has let this machine's key in, which another try needs.
      undo: () => (hadFleet ? undefined : leave(true)),
    },
    {
      name: 'note_the_machine',
      run: () => writeAdding(adding),
      undo: () => rmSync(memberPaths.adding, { force: true }),
    },
    {
      name: 'send_gatling',
      isMade: () => isServer,
      run: async () => {
        await claimThere(root)
        await sendGatling(root)
        await sendElixirs(root)
      },
    },
    {
      name: 'set_up_the_server',
      isMade: () => isServer,
      run: () => setupThere(root, setup),
      undo: () => undoSetupThere(root),
    },
    {
      name: 'install_docker_and_wireguard',
      run: async () => void (await gatling(root, 'node prepare')),
      undo: async () => void (await gatling(root, 'node leave')),
    },
  ]
}

/** Returns the actions that make a server a part of the fleet. */
const joining = (root: Root, adding: Adding): readonly Action[] => {
  const { name, number, endpoint, address, manager } = adding
  const others = () => readMembers().filter(member => member.name !== name)
  const nodes = (): { fleet: Fleet; nodes: Fleet['nodes'] } => {
    const fleet = readFleet()
    if (fleet === null) throw new Error('this machine has no fleet')
    return { fleet, nodes: fleet.nodes.filter(node => node.name !== name) }
  }
  return [
    {
      name: 'connect_the_machines',
      run: async () => {
        const identity = v.parse(identitySchema, JSON.parse(await gatling(root, 'node introduce')))
        if (identity.name !== name) throw new Error(`it now calls itself ${identity.name}`)
        const members = [...others(), { ...identity, number, endpoint }]
        await gatling(root, 'node know', JSON.stringify({ self: name, members, fleet: null }))
        await tell(members, null)
        await greet([{ name, number }])
        await gatling(root, 'node greet')
      },
      undo: () => tell(others(), null),
    },
    {
      name: 'join_swarm',
      run: () => letIntoSwarm(root, adding),
      undo: () => dropFromSwarm(name),
    },
    {
      name: 'tell_all_machines',
      run: () => {
        const { fleet, nodes: known } = nodes()
        const node = { name, number, address, inside: insideAddress(number), manager }
        return tell(readMembers(), { ...fleet, nodes: [...known, node] })
      },
      undo: () => {
        const { fleet, nodes: known } = nodes()
        return tell(others(), { ...fleet, nodes: known })
      },
    },
  ]
}
