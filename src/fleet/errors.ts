import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'

/** The status of ssh for its own errors (ssh(1)). */
export const sshFailed = 255

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
