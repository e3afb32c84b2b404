import { type Cluster, slotAddress } from '../core/cluster.js'
import { othersIn } from '../core/fleet.js'
import type { Slot } from '../core/live.js'
import { nodeName } from '../core/slot.js'
import { readFleet } from './fleet.js'
import { isServerHome, readRegistered } from './server.js'

/** Returns the name of the Erlang node of a slot on this machine. */
export const nodeNameHere = (home: string, project: string, slot: Slot): string => {
  const cluster = isServerHome(home) ? clusterOf(project) : null
  return nodeName(project, slot, cluster && slotAddress(cluster.inside, cluster, slot))
}

/** Returns where the instances of an app find each other; null: the app was never on more than one machine. */
export const clusterOf = (project: string): Cluster | null => {
  const place = readRegistered(project)?.place
  const fleet = place === undefined ? null : readFleet()
  const self = fleet?.nodes.find(({ name }) => name === fleet.self)
  if (place === undefined || fleet === null || self === undefined) return null
  return { place, inside: self.inside, others: othersIn(fleet).map(({ inside }) => inside) }
}
