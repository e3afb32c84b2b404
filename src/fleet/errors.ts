import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'

export const nodeUnreachable = error(
  'FLEET_NODE_UNREACHABLE',
  'Another machine of the fleet does not answer.',
  (node: string, said: readonly string[]) => ({
    message: `${node} does not answer${said.length > 0 ? `:${indent(said.slice(-5))}` : ''}`,
    hint: 'Check that it is on: `gatling nodes list`. Then try again.',
  }),
)

export const nodeRefused = error(
  'FLEET_NODE_REFUSED',
  'Another machine of the fleet could not do its part.',
  (node: string, said: readonly string[]) => ({
    message: `${node} could not do its part:${indent(said.slice(-12))}`,
    hint: 'Fix the cause on that machine, then try again.',
  }),
)

export const notSent = error(
  'FLEET_NOT_SENT',
  'This machine could not read a release that another machine needs.',
  (project: string, said: readonly string[]) => ({
    message: `this machine could not send a release of ${project}:${indent(said.slice(-12))}`,
    hint: 'Fix the cause on this machine, then try again.',
  }),
)

export const notTold = error(
  'FLEET_NOT_TOLD',
  'Some machines of the fleet do not know a change of an app yet.',
  (project: string, reasons: readonly string[]) => ({
    message: `some machines do not know the present site and certificate of ${project}:${indent(reasons)}\n  They use those from before`,
    hint: 'They ask when they boot or get a seat. To tell them now, push again or run `gatling redeploy`.',
  }),
)

export const releaseDiffers = error(
  'FLEET_RELEASE_DIFFERS',
  'A release did not arrive on another machine as it was sent.',
  (path: string) => ({
    message: `a file of the release did not arrive as it was sent: ${path}`,
    hint: 'Try again. If it happens again, check the disks and the memory of both machines.',
  }),
)

export const nothingToSend = error(
  'FLEET_NOTHING_TO_SEND',
  'An app was never deployed, so no other machine can run it.',
  (project: string) => ({
    message: `${project} is not deployed yet, so there is no release to send`,
    hint: 'Push it first. Then try again.',
  }),
)

export const notLead = error(
  'FLEET_NOT_LEAD',
  'Only the lead of the fleet deploys and sends apps.',
  (lead: string) => ({
    message: `this machine is not the lead of its fleet. The lead is ${lead}`,
    hint: `Push to ${lead}, or run the command there.`,
  }),
)

export const nodeUnknown = error(
  'FLEET_NODE_UNKNOWN',
  'The fleet has no machine of this name.',
  (node: string, known: readonly string[]) => ({
    message: `the fleet has no machine ${node}`,
    hint: known.length > 0 ? `Choose one of ${known.join(', ')}.` : 'Add one first: `gatling nodes add`.',
  }),
)

export const nodeUnfit = error(
  'FLEET_NODE_UNFIT',
  'A machine cannot be in the fleet as it is.',
  (host: string, reason: string, remedy: string) => ({
    message: `${host} cannot be added: ${reason}. Nothing was changed`,
    hint: remedy,
  }),
)

export const rootClosed = error(
  'FLEET_ROOT_CLOSED',
  "Root of a new machine does not accept this machine's key.",
  (host: string, line: string) => ({
    message: `root@${host} does not accept this machine's key. Nothing was changed`,
    hint: `Let it in for now, on a machine from which you can log in there as root. Then try again:\n  ${line}`,
  }),
)

export const nodeNotAdded = error(
  'FLEET_NODE_NOT_ADDED',
  'A machine could not be added, and what had been done was undone.',
  (host: string, action: string, reason: string) => ({
    message: `${host} was not added: ${action} failed: ${reason}. What was done before is undone, packages stay`,
    hint: 'Fix the cause, then run the same command again.',
  }),
)

export const nodeNotRemoved = error(
  'FLEET_NODE_NOT_REMOVED',
  'A machine could not be removed from the fleet as a whole.',
  (name: string, action: string, reason: string) => ({
    message: `${name} was not removed: ${action} failed: ${reason}. A part of it is gone from the fleet`,
    hint: `Run it again. If ${name} is lost: \`gatling nodes remove ${name} --force\`.`,
  }),
)

export const nodeThere = error(
  'FLEET_NODE_THERE',
  'A machine of this name is in the fleet already.',
  (name: string) => ({
    message: `${name} is in the fleet already. Nothing was changed`,
    hint: '`gatling nodes list` shows it.',
  }),
)

export const nodeIsLead = error(
  'FLEET_NODE_IS_LEAD',
  'The lead cannot be removed, because it takes pushes and has the repositories.',
  (name: string) => ({
    message: `${name} is the lead of the fleet, and cannot be removed. Nothing was changed`,
    hint: 'Remove the other machines, one after the other. Then the lead stands alone again.',
  }),
)

export const nodeDown = error(
  'FLEET_NODE_DOWN',
  'A machine that does not answer can only be forgotten.',
  (name: string, reason: string) => ({
    message: `${name} cannot be removed: ${reason}. Nothing was changed`,
    hint: `Start it and try again. If it is lost, have the others forget it: \`gatling nodes remove ${name} --force\`.`,
  }),
)

export const otherAdd = error(
  'FLEET_ADD_CUT_OFF',
  'An earlier add of another machine was cut off.',
  (name: string, address: string) => ({
    message: `the add of ${name} was cut off, so no other machine can be added. Nothing was changed`,
    hint: `Finish it with \`gatling nodes add root@${address}\`, or undo it with \`gatling nodes remove ${name}\`.`,
  }),
)

export const inFleet = error(
  'FLEET_LEFT_FIRST',
  'A machine of a fleet leaves the fleet before its server is removed.',
  (name: string, isLead: boolean) => ({
    message: `${name} is in a fleet. Nothing was changed`,
    hint: isLead
      ? 'Remove the other machines first: `gatling nodes list`, then `gatling nodes remove NAME` for each.'
      : `On the lead: \`gatling nodes remove ${name}\`.`,
  }),
)

export const dockerRefused = error(
  'DOCKER_REFUSED',
  'Docker did not do what the fleet needs.',
  (what: string, reason: string) => ({
    message: `Docker did not answer ${what} as it should: ${reason}`,
    hint: 'See why: `journalctl -u docker -n 50`.',
  }),
)

export const appsScaled = error(
  'FLEET_APPS_SCALED',
  'The last other machine stays while an app runs on more than one.',
  (name: string, projects: readonly string[]) => ({
    message: `${name} is the last other machine, and ${projects.join(', ')} can run on more than one. Nothing was changed`,
    hint: projects.map(project => `Run \`gatling scale ${project} 1\` first.`).join(' '),
  }),
)

export const nodeNotUpdated = error(
  'FLEET_NODE_NOT_UPDATED',
  'Another machine of the fleet did not get the Gatling of the lead.',
  (name: string, reason: string) => ({
    message: `${name} was not updated: ${reason}. Its apps run as before`,
    hint: `Fix the cause, then try again: \`gatling nodes update ${name}\`.`,
  }),
)
