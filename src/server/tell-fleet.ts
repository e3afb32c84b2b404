import * as v from 'valibot'
import * as systemd from '../commands/systemd.js'
import { isLead, othersIn } from '../core/fleet.js'
import { askNode } from '../fleet/ask.js'
import { must } from '../hosts/must.js'
import { accepts } from '../hosts/ports.js'
import { readApp } from '../state/apps.js'
import { readFleet } from '../state/fleet.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { sharedOf, sharedSchema, shareSite } from './share.js'

/**
 * Tells the other machines that have an app with seats about it: its site, its certificate, and how many instances there
 * are. Only the lead does.
 * @returns why some machines do not know it yet. A machine asks when it boots and when it takes a seat.
 */
export const tellFleet = async (project: string): Promise<readonly string[]> => {
  const [fleet, known] = [readFleet(), readRegistered(project)]
  if (fleet === null || !isLead(fleet) || !known?.scale) return []
  const input = JSON.stringify(sharedOf(known))
  const told = await Promise.allSettled(
    othersIn(fleet)
      .filter(({ name }) => known.nodes?.includes(name))
      .map(node => askNode(node, ['node', 'share', project], input)),
  )
  return told.flatMap(one => (one.status === 'rejected' ? [reasonOf(one.reason)] : []))
}

const reasonOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason))

/** The port of ssh. */
const sshPort = 22

/**
 * Asks the lead for what it would tell about an app with seats, and for the live release, if this machine missed it.
 * Without an answer everything stays as it is: this machine can be the one that replaces the lead.
 */
export const catchUp = async (project: string): Promise<void> => {
  const [fleet, known] = [readFleet(), readRegistered(project)]
  const lead = fleet?.nodes.find(({ name }) => name === fleet.lead)
  if (!fleet || !lead || isLead(fleet) || !known?.scale) return
  // ssh would wait longer.
  if (!(await accepts(sshPort, lead.inside))) return
  const said = await askNode(lead, ['node', 'shared', project]).catch(() => null)
  if (said === null) return
  const shared = v.parse(v.nullable(sharedSchema), JSON.parse(said))
  if (shared === null) return unshareSoon(project)
  const { live } = readApp(serverPaths.home, project)
  if (shared.release !== null && shared.release !== live?.release)
    await askNode(lead, ['node', 'bring', project])
  await shareSite(project, shared, fleet)
}

/** Removes the app from this machine, in a unit of its own: the removal stops the app's unit, which can be this process. */
const unshareSoon = (project: string): Promise<void> =>
  must(
    systemd.runIn({
      name: `gatling-unshare-${project}`,
      description: `Removes ${project}, which the lead of the fleet runs alone again`,
      properties: [],
      environment: {},
      attached: 'no',
      argv: [serverPaths.gatling, 'node', 'unshare', project],
    }),
  )
