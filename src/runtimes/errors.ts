import { error } from '../core/error.js'

export const notServing = error(
  'NOT_SERVING',
  'Embedded mode is not running, so nothing can be started.',
  (home: string) => ({
    message: `nothing runs apps here: \`gatling serve\` is not running for ${home}`,
    hint: 'Start it in another terminal with `gatling serve`, then push or try again.',
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

export const otherVersion = error(
  'OTHER_VERSION',
  'What runs the apps was started before Gatling was updated.',
  (what: string) => ({
    message: `what runs the apps here was started by another version of Gatling: it was not understood (${what})`,
    hint: 'Stop `gatling serve` and start it again, which restarts its apps; then try again. On a server try again in a minute.',
  }),
)

export const homeTooLong = error(
  'HOME_TOO_LONG',
  'The path of GATLING_HOME is too long for a unix socket.',
  (path: string) => ({
    message: `${path} is longer than the 107 bytes a unix socket may have`,
    hint: 'Set GATLING_HOME to a shorter path.',
  }),
)

export const doorClosed = error(
  'DOOR_CLOSED',
  "Root's side of a server does not answer for an app.",
  (project: string) => ({
    message: `this server's side for ${project} does not answer; what ran still runs`,
    hint: `As root: \`systemctl status gatling-door@${project}.socket\`, then \`gatling setup\` to repair it.`,
  }),
)
