import { keyMayNot } from '../server/errors.js'
import { readFleet } from '../state/fleet.js'
import { readMembers } from '../state/members.js'
import { nodesOf } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import type { CommandFacts } from './command.js'
import type { Asker } from './rights.js'

/** What this machine knows of the fleet. */
export interface Known {
  readonly fleet: {
    readonly self: string
    readonly lead: string
    readonly nodes: readonly { readonly name: string; readonly manager: boolean }[]
  } | null
  /** The machines that this one is connected with. While it joins, it knows no more. */
  readonly members: readonly string[]
  /** The machines that have the app, as the lead knows them. */
  readonly holders: readonly string[]
}

/** Returns the name of the key that root of a machine has on the other machines. No key of a person has such a name. */
export const nodeKeyName = (name: string): string => `${prefix}${name}`
const prefix = 'node-'

/** Tells whether a key has a name that only the keys of machines have. */
export const isNodeKeyName = (name: string): boolean => name.startsWith(prefix)

/** Tells whether the key of this name is that of a machine which may ask for a command. */
export const mayAsk = (key: string, from: Asker | undefined, { fleet, members, holders }: Known): boolean => {
  if (from === undefined || !isNodeKeyName(key)) return false
  const asker = key.slice(prefix.length)
  // The lead tells a machine that joins who is there, and that machine then asks the others for a sign of life.
  if (!fleet?.nodes.some(({ name }) => name === asker))
    return members.includes(asker) && (from === 'member' || (fleet === null && from === 'manager'))
  if (from === 'lead') return asker === fleet.lead && fleet.self !== fleet.lead
  if (from === 'manager') return fleet.nodes.some(({ name, manager }) => manager && name === asker)
  return from === 'member' || fleet.self !== fleet.lead || holders.includes(asker)
}

/**
 * Refuses what a machine may not ask of this one. A server that stands alone refuses all of it.
 * @throws GatlingError KEY_MAY_NOT.
 */
export const refuseNodes = (
  key: string,
  project: string | null,
  { name, right, from }: Pick<CommandFacts, 'name' | 'right' | 'from'>,
): void => {
  if (!Array.isArray(right) || !right.includes('node')) return
  const members = readMembers().map(member => member.name)
  const holders = project === null ? [] : nodesOf(serverPaths.home, project)
  if (!mayAsk(key, from, { fleet: readFleet(), members, holders }))
    throw keyMayNot(key, name, project, ['node'])
}
