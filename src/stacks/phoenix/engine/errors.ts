import { error } from '../../../core/error.js'

export const nodeSilent = error(
  'NODE_SILENT',
  "The running app's Erlang node takes calls and does not answer them.",
  (project: string, seconds: number) => ({
    message: `the Erlang node of ${project} did not answer Gatling within ${seconds} s. Its process is stopped or overloaded`,
    hint: `See what holds it up: \`gatling status ${project}\` and \`gatling logs ${project}\`. To replace it, run \`gatling redeploy ${project} --mode swap\`, which asks the node nothing.`,
  }),
)

export const nodeUnreachable = error(
  'NODE_UNREACHABLE',
  "The running app's Erlang node cannot be asked.",
  (project: string, reason: string) => ({
    message: `the Erlang node of ${project} cannot be asked: ${reason}`,
    hint: `See whether it runs: \`gatling status ${project}\`. An app that an older Gatling started can be asked after its next swap.`,
  }),
)
