import { firstPlace, lastPlace } from '../core/cluster.js'
import { registeredProjects } from '../state/registered.js'
import { readRegistered } from '../state/server.js'

/**
 * Chooses the lowest place in the fleet network that no app has.
 * @throws Error if all are taken.
 */
export const choosePlace = (): number => {
  const taken = registeredProjects().flatMap(name => readRegistered(name)?.place ?? [])
  for (let place = firstPlace; place <= lastPlace; place += 2) if (!taken.includes(place)) return place
  throw new Error(
    `${taken.length} apps have had several machines, and the fleet network has no room for more`,
  )
}
