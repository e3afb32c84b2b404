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

export const notTold = error(
  'FLEET_NOT_TOLD',
  'Some machines of the fleet do not know a change of an app yet.',
  (project: string, reasons: readonly string[]) => ({
    message: `some machines do not know the present site and certificate of ${project}:${indent(reasons)}\n  They use those from before`,
    hint: 'They ask when they boot or get a seat. To tell them now, push again or run `gatling redeploy`.',
  }),
)
