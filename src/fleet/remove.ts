import { rmSync } from 'node:fs'
import { type Action, runInOrder } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { type Fleet, isLead } from '../core/fleet.js'
import { whileLocked } from '../hosts/lock.js'
import { readFleet } from '../state/fleet.js'
import { memberPaths, readAdding, readMembers } from '../state/members.js'
import { registeredProjects } from '../state/registered.js'
import { readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { insideAddress } from '../templates/wireguard.js'
import { askNode, type Reached } from './ask.js'
import { restartSwarm, swarmHere } from './docker.js'
import { appsScaled, nodeDown, nodeIsLead, nodeNotRemoved, nodeUnknown, notLead } from './errors.js'
import { undoSetupThere } from './install.js'
import { leave } from './member.js'
import { asRoot, closeRoot, keyLine, type Root, rootOfMember, rootOfNew } from './root.js'
import { dropFromSwarm } from './swarm.js'
import { reached, tell } from './tell.js'

/** A machine that is being removed. */
interface Leaving extends Reached {
  readonly number: number
  readonly endpoint: string
  /** Whether its add was cut off, so that root there can still accept this machine's key. */
  readonly isHalfAdded: boolean
}

/**
 * Finds a machine that can be removed.
 * @throws GatlingError FLEET_NODE_UNKNOWN, FLEET_NODE_IS_LEAD or FLEET_NOT_LEAD.
 */
export const leavingNode = (name: string): Leaving => {
  const fleet = readFleet()
  if (fleet !== null && !isLead(fleet)) throw notLead(fleet.lead)
  if (name === fleet?.self) throw nodeIsLead(name)
  const adding = readAdding()
  const found = adding?.name === name ? adding : readMembers().find(member => member.name === name)
  const known = fleet?.nodes.map(node => node.name).filter(one => one !== fleet.self) ?? []
  if (found === undefined) throw nodeUnknown(name, known)
  const { number, endpoint } = found
  return { name, number, endpoint, inside: insideAddress(number), isHalfAdded: found === adding }
}

/**
 * Removes a machine from the fleet, and undoes there what its add made. After the last one this machine stands alone.
 * @param force the others forget a machine that does not answer.
 * @returns whether the machine itself has left.
 * @throws GatlingError of `leavingNode`, FLEET_NODE_DOWN or FLEET_NODE_NOT_REMOVED.
 */
export const removeNode = (
  name: string,
  force: boolean,
  emit: (event: EventBody) => void,
): Promise<boolean> =>
  whileLocked(serverPaths.lock('fleet'), async () => {
    const leaving = leavingNode(name)
    refuseLast(leaving)
    const root = await rootOf(leaving).catch((error: Error) => {
      if (!force) throw nodeDown(name, error.message)
      return null
    })
    await runInOrder(
      [
        leaveSwarm(name, root === null),
        ...(root === null ? [] : [removeApps(leaving), leaveThere(root)]),
        { name: 'tell_the_others', run: () => forget(name, emit) },
        ...alone(name),
      ],
      (action, reason) => nodeNotRemoved(name, action, reason),
      emit,
    )
    rmSync(memberPaths.adding, { force: true })
    return root !== null
  })

/**
 * Reaches root of the machine: asks it to let this machine's key in, unless an add or a removal that failed has left it in.
 */
const rootOf = async (leaving: Leaving): Promise<Root> => {
  const fromOutside = [rootOfMember(leaving), ...(leaving.isHalfAdded ? [rootOfNew(leaving.endpoint)] : [])]
  for (const root of fromOutside) {
    const isOpen = await asRoot(root, 'true').then(
      () => true,
      () => false,
    )
    if (isOpen) return root
  }
  await askNode(reached(leaving), ['node', 'open'], await keyLine())
  return rootOfMember(leaving)
}

/** If its loss cost the majority of managers, this machine first becomes the only manager. */
const leaveSwarm = (name: string, isLost: boolean): Action => ({
  name: 'leave_swarm',
  isMade: async () => (await swarmHere().catch(() => 'none')) !== 'manager',
  run: async () => {
    try {
      await dropFromSwarm(name)
    } catch (error) {
      const own = readFleet()
      const inside = own?.nodes.find(node => node.name === own.self)?.inside
      if (!isLost || inside === undefined) throw error
      await restartSwarm(inside)
      await dropFromSwarm(name)
    }
  },
})

/** Lists the apps of this machine that another one has, too. */
const appsOn = (name: string): readonly string[] =>
  registeredProjects().filter(project => readRegistered(project)?.nodes?.includes(name))

const removeApps = (leaving: Leaving): Action => ({
  name: 'remove_its_apps',
  isMade: () => appsOn(leaving.name).length === 0,
  run: async () => {
    for (const project of appsOn(leaving.name)) await askNode(reached(leaving), ['node', 'unshare', project])
  },
})

/** Refuses to remove the last other machine while an app needs more than one. @throws GatlingError FLEET_APPS_SCALED. */
const refuseLast = ({ name }: Leaving): void => {
  if (!isLast(name)) return
  const scaled = registeredProjects().filter(project => readRegistered(project)?.scale !== undefined)
  if (scaled.length > 0) throw appsScaled(name, scaled)
}

const isLast = (name: string): boolean => readMembers().filter(member => member.name !== name).length <= 1

const leaveThere = (root: Root): Action => ({
  name: 'undo_there_what_the_add_made',
  run: async () => {
    const answer = await asRoot(root, `[ ! -e ${serverPaths.gatling} ] || ${serverPaths.gatling} node leave`)
    if (!answer.includes('"server": false')) await undoSetupThere(root)
    await closeRoot(root)
  },
})

/** Has the other machines forget it. Those that are down learn it when they are told the next time. */
const forget = async (name: string, emit: (event: EventBody) => void): Promise<void> => {
  for (const project of appsOn(name)) {
    const known = readRegistered(project)
    if (known) writeRegistered({ ...known, nodes: known.nodes?.filter(one => one !== name) })
  }
  const fleet = readFleet()
  const without: Fleet | null = fleet && {
    ...fleet,
    nodes: fleet.nodes.filter(node => node.name !== name),
  }
  await tell(
    readMembers().filter(member => member.name !== name),
    without,
    other => emit({ type: 'warning', text: `${other} does not answer, so it does not know yet` }),
  )
}

/** After the last other machine this one is as it was before the first add. */
const alone = (name: string): readonly Action[] =>
  isLast(name) ? [{ name: 'stand_alone_again', run: () => leave() }] : []
