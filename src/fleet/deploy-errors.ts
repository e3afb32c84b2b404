import { error, GatlingError } from '../core/error.js'
import { indent } from '../core/error-text.js'

export const noMajority = error(
  'FLEET_NO_MAJORITY',
  'The fleet cannot decide, because no majority of its managers answers.',
  (said: readonly string[]) => ({
    message: `the fleet has no majority of managers, so it cannot decide about a deploy${said.length > 0 ? `:${indent(said.slice(-5))}` : ''}`,
    hint: 'Bring the managers back: `gatling nodes list` names them. Then try again. All instances go on meanwhile.',
  }),
)

export const nodeAway = error(
  'FLEET_NODE_AWAY',
  'A machine of the fleet that has the app does not answer, so nothing is deployed.',
  (project: string, node: string, said: string) => ({
    message: `${node} has ${project}, and does not answer, so nothing was deployed. ${said}`,
    hint: `Bring ${node} back. To deploy without it: \`git push -o without=${node} production\`, or \`gatling redeploy ${project} --without ${node}\`.`,
  }),
)

export const leadLost = error(
  'FLEET_LEAD_LOST',
  'A machine of the fleet lost the machine that led the deploy.',
  () => ({
    message: 'the machine that leads this deploy no longer answers, so this machine went back',
    hint: 'Deploy again when it is back.',
  }),
)

export const toldToUndo = error(
  'FLEET_UNDONE',
  'The deploy failed on another machine of the fleet, so it was undone on this one, too.',
  () => ({
    message: 'the deploy was undone on all machines',
    hint: 'The machine that leads the deploy says why.',
  }),
)

export const refusedByFleet = error(
  'FLEET_REFUSED',
  'A machine of the fleet that no longer heard from the others refused the deploy.',
  (run: number) => ({
    message: `the fleet has decided against run ${run}: a machine lost the line to the others before it was final`,
    hint: 'Check the network between the machines: `gatling nodes list`. Then deploy again.',
  }),
)

/** Makes the error of another machine an error of the deploy. */
export const failedOn = (
  node: string,
  { code, message, hint }: { readonly code: string; readonly message: string; readonly hint: string },
): GatlingError => new GatlingError(code, { message: `${node}: ${message}`, hint })
