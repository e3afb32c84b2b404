import type { EventBody } from '../core/event.js'
import { type Fleet, isLead, othersIn } from '../core/fleet.js'
import { askNode } from '../fleet/ask.js'
import { forgetDecisions } from '../fleet/decision.js'
import { letTakeSeats, removeSeats } from '../fleet/seats.js'
import { readFleet } from '../state/fleet.js'
import { readRegistered } from '../state/server.js'
import { unshare } from './share.js'

/** Removes the seats of an app. From now on Swarm starts none. */
export const endSeats = async (project: string, { nodes }: Fleet): Promise<void> => {
  await removeSeats(project)
  for (const { name } of nodes) await letTakeSeats(name, project, false)
}

/** Removes an app from all machines but this one. */
export const unshareEverywhere = async (
  project: string,
  fleet: Fleet,
  emit: (event: EventBody) => void,
): Promise<void> => {
  // First this machine gets all requests, so none of its visitors is sent to an instance that stops.
  await unshare(project)
  for (const node of othersIn(fleet)) {
    // A machine that is down learns it when it boots.
    await askNode(node, ['node', 'unshare', project]).catch((error: unknown) =>
      emit({ type: 'warning', text: error instanceof Error ? error.message : String(error) }),
    )
  }
}

/** Removes an app that is being unloaded from the other machines of the fleet. */
export const forgetElsewhere = async (project: string): Promise<void> => {
  const fleet = readFleet()
  const known = readRegistered(project)
  if (fleet === null || !isLead(fleet) || !(known?.scale || known?.nodes?.length)) return
  await endSeats(project, fleet).catch(() => {})
  await forgetDecisions(project, null).catch(() => {})
  await unshareEverywhere(project, fleet, () => {})
}
