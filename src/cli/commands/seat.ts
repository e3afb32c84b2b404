// A seat of an app on this machine, and what the other machines of the fleet ask about it.
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { nodeKeyName } from '../../access/from-nodes.js'
import { isLead } from '../../core/fleet.js'
import { seatsHere } from '../../fleet/seats.js'
import { convergeAndNote } from '../../server/converge-app.js'
import { hold, letGo, mayLeave } from '../../server/seat.js'
import { share, sharedOf, sharedSchema, unshare } from '../../server/share.js'
import { catchUp } from '../../server/tell-fleet.js'
import { readFleet } from '../../state/fleet.js'
import { readRegistered } from '../../state/server.js'
import { printJson } from '../output.js'
import { mayBeDeploying } from './door.js'

/** Takes a seat: an instance of the app runs on this machine, and answers, when this returns. */
export const take = async (project: string): Promise<void> => {
  hold(project)
  await catchUp(project)
  await convergeAndNote(project, !mayBeDeploying(project))
}

/** Stops the instance of an app on this machine, once enough others run it. A deploy stops it, if one runs. */
export const leave = async (project: string): Promise<void> => {
  if (!(await mayLeave(project))) return
  letGo(project)
  await convergeAndNote(project, !mayBeDeploying(project))
}

/** Prints who has a seat of an app; null: this machine does not know. */
export const seats = async (project: string): Promise<void> => printJson(await seatsHere(project))

/** Prints what a machine that has an app must know about it; null: the machine that asks does not have it. */
export const shared = (project: string): void => {
  const known = readRegistered(project)
  const asker = process.env['GATLING_USER']
  const has = known?.nodes?.some(name => asker === nodeKeyName(name)) === true
  printJson(known?.scale && has ? sharedOf(known) : null)
}

/** Makes an app of this machine ready for seats. */
export const shareCommand = async (project: string): Promise<void> => {
  const fleet = readFleet()
  if (fleet) await share(project, v.parse(sharedSchema, JSON.parse(readFileSync(0, 'utf8'))), fleet)
}

/** Stops an app on this machine, and removes it, because the lead runs it alone again. */
export const unshareCommand = async (project: string): Promise<void> => {
  const fleet = readFleet()
  if (!fleet || isLead(fleet)) return
  letGo(project)
  await convergeAndNote(project, true)
  await unshare(project)
  const { removeApp } = await import('../../server/apps.js')
  await removeApp(project)
}
