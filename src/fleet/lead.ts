import { isLead } from '../core/fleet.js'
import { readFleet } from '../state/fleet.js'
import { type Member, readMembers } from '../state/members.js'
import { insideAddress } from '../templates/wireguard.js'
import { initSwarm, swarmHere } from './docker.js'
import { adopt, equip, introduce } from './member.js'

/** Tells whether this machine leads a fleet, with all that belongs to it. */
export const isLeading = async (): Promise<boolean> => {
  const fleet = readFleet()
  return fleet !== null && isLead(fleet) && (await swarmHere().catch(() => 'none')) === 'manager'
}

/**
 * Makes this machine the lead of a fleet that has no other machine yet.
 * @param endpoint the IP address that others reach it at.
 */
export const lead = async (endpoint: string): Promise<void> => {
  await equip()
  const identity = await introduce()
  const self: Member = readMembers().find(({ name }) => name === identity.name) ?? {
    ...identity,
    ...{ number: 1, endpoint },
  }
  const { name, number } = self
  const inside = insideAddress(number)
  const fleet = readFleet() ?? {
    ...{ self: name, lead: name },
    nodes: [{ name, number, address: endpoint, inside, manager: true }],
  }
  await adopt({ self: name, members: readMembers().length > 0 ? readMembers() : [self], fleet })
  if ((await swarmHere()) === 'none') await initSwarm(inside)
}
