import { readFleet } from '../state/fleet.js'
import { registeredProjects } from '../state/registered.js'
import { readRegistered } from '../state/server.js'
import { share, sharedOf } from './share.js'
import { tellFleet } from './tell-fleet.js'

/**
 * Tells every machine about the apps with seats again, after a machine came or went.
 * @returns why some machines do not know it yet.
 */
export const fleetChanged = async (): Promise<readonly string[]> => {
  const fleet = readFleet()
  const reasons: string[] = []
  for (const project of fleet === null ? [] : registeredProjects()) {
    const known = readRegistered(project)
    if (fleet === null || !known?.scale) continue
    await share(project, sharedOf(known), fleet)
    reasons.push(...(await tellFleet(project)))
  }
  return reasons
}
