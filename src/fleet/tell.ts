import type { Fleet } from '../core/fleet.js'
import { readFleet } from '../state/fleet.js'
import type { Member } from '../state/members.js'
import { insideAddress } from '../templates/wireguard.js'
import { askNode, type Reached } from './ask.js'
import { adopt } from './member.js'

/** Returns how the others reach a machine. */
export const reached = ({ name, number }: Pick<Member, 'name' | 'number'>): Reached => ({
  name,
  inside: insideAddress(number),
})

/**
 * Tells all machines which others there are, this one first.
 * @param fleet the machines that run apps; null: no change.
 * @param missed is called with each machine that does not learn it. Without it such a machine is an error.
 * @throws GatlingError FLEET_NODE_UNREACHABLE or FLEET_NODE_REFUSED.
 */
export const tell = async (
  members: readonly Member[],
  fleet: Fleet | null,
  missed?: (name: string) => void,
): Promise<void> => {
  const self = readFleet()?.self ?? ''
  await adopt({ members, fleet, self })
  const others = members.filter(({ name }) => name !== self)
  await Promise.all(
    others.map(async other => {
      const input = JSON.stringify({ members, fleet, self: other.name })
      try {
        await askNode(reached(other), ['node', 'know'], input)
      } catch (error) {
        if (missed === undefined) throw error
        missed(other.name)
      }
    }),
  )
}

/** Asks machines for a sign of life: their network, ssh and keys all work. @throws GatlingError FLEET_NODE_UNREACHABLE. */
export const greet = async (members: readonly Pick<Member, 'name' | 'number'>[]): Promise<void> => {
  await Promise.all(members.map(member => askNode(reached(member), ['node', 'facts'])))
}
