import { type Action, runInOrder } from '../core/action.js'
import type { EventBody } from '../core/event.js'
import { isLead, othersIn } from '../core/fleet.js'
import { whileLocked } from '../hosts/lock.js'
import { readFleet } from '../state/fleet.js'
import { type Member, readMembers } from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { askNode } from './ask.js'
import { nodeNotUpdated, nodeUnknown, notLead } from './errors.js'
import { sendGatling, setupThere } from './install.js'
import { closeRoot, keyLine, rootOfMember } from './root.js'
import { greet, reached } from './tell.js'

/**
 * Gives other machines of the fleet the Gatling of this one, one after the other. Their apps go on.
 * @param name the only one; undefined: all.
 * @throws GatlingError FLEET_NOT_LEAD, FLEET_NODE_UNKNOWN or FLEET_NODE_NOT_UPDATED.
 */
export const updateNodes = (name: string | undefined, emit: (event: EventBody) => void): Promise<void> =>
  whileLocked(serverPaths.lock('fleet'), async () => {
    const fleet = readFleet()
    if (fleet !== null && !isLead(fleet)) throw notLead(fleet.lead)
    const names = (fleet === null ? [] : othersIn(fleet)).map(node => node.name)
    if (name !== undefined && !names.includes(name)) throw nodeUnknown(name, names)
    const members = readMembers().filter(member =>
      name === undefined ? names.includes(member.name) : member.name === name,
    )
    for (const member of members) {
      const failed = (_action: string, reason: string) => nodeNotUpdated(member.name, reason)
      await runInOrder([update(member)], failed, emit)
    }
  })

const update = (member: Member): Action => ({
  name: `update_${member.name.replaceAll('-', '_')}`,
  run: async () => {
    await askNode(reached(member), ['node', 'open'], await keyLine())
    const root = rootOfMember(member)
    try {
      await sendGatling(root)
      await setupThere(root, '')
    } finally {
      await closeRoot(root)
    }
    await greet([member])
  },
})
