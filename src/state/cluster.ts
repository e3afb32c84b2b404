import type { Cluster } from '../core/cluster.js'
import { othersIn } from '../core/fleet.js'
import { readFleet } from './fleet.js'
import { readRegistered } from './server.js'

/** Returns where the instances of an app find each other; null: the app was never on more than one machine. */
export const clusterOf = (project: string): Cluster | null => {
  const place = readRegistered(project)?.place
  const fleet = place === undefined ? null : readFleet()
  const self = fleet?.nodes.find(({ name }) => name === fleet.self)
  if (place === undefined || fleet === null || self === undefined) return null
  return { place, inside: self.inside, others: othersIn(fleet).map(({ inside }) => inside) }
}
