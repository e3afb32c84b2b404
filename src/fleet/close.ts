import * as systemd from '../commands/systemd.js'
import { fleetNetwork } from '../core/fleet.js'
import { nodeNetwork } from '../core/slot.js'
import { must } from '../hosts/must.js'
import { instancesHere } from './facts.js'

/**
 * Keeps the instances that already run out of the fleet network. Their units will say the same, but systemd applies that
 * only when a unit starts.
 */
export const closeNetwork = async (): Promise<void> => {
  for (const instance of await instancesHere())
    await must(systemd.deny(`${instance}.service`, [nodeNetwork, fleetNetwork]))
}
