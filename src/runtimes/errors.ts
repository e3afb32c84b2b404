import { error } from '../core/error.js'

export const notServing = error(
  'NOT_SERVING',
  'Embedded mode is not running, so it cannot start an app.',
  (home: string) => ({
    message: `no app can run here, because \`gatling serve\` is not running for ${home}`,
    hint: 'Start `gatling serve` in another terminal, then try again.',
  }),
)

export const alreadyServing = error(
  'ALREADY_SERVING',
  'Embedded mode already runs for this GATLING_HOME.',
  (pid: number, url: string) => ({
    message: `embedded mode already runs here (pid ${pid}, ${url})`,
    hint: 'Use it, stop it first, or choose another GATLING_HOME.',
  }),
)

export const doorClosed = error(
  'DOOR_CLOSED',
  "The keeper of an app, root's process on a server, does not answer.",
  (project: string) => ({
    message: `the keeper of ${project} does not answer. What ran still runs`,
    hint: `As root, see \`systemctl status gatling-door@${project}.socket\`, then repair it with \`gatling setup\`.`,
  }),
)
