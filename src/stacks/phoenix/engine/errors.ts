import { error } from '../../../core/error.js'

export const nodeSilent = error(
  'NODE_SILENT',
  "The running app's Erlang node takes calls and does not answer them.",
  (project: string, seconds: number) => ({
    message: `the Erlang node of ${project} did not answer Gatling within ${seconds} s. Its process is stopped or overloaded`,
    hint: `See what holds it up: \`gatling status ${project}\` and \`gatling logs ${project}\`. To replace it, run \`gatling redeploy ${project} --mode swap\`, which asks the node nothing.`,
  }),
)
