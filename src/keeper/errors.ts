import { error } from '../core/error.js'

export const otherVersion = error(
  'OTHER_VERSION',
  'The keeper runs another version of Gatling than this command.',
  (what: string) => ({
    message: `the keeper of the apps runs another version of Gatling and did not understand this: ${what}`,
    hint: 'Restart `gatling serve`, which restarts its apps, then try again. On a server, try again in a minute.',
  }),
)

export const homeTooLong = error(
  'HOME_TOO_LONG',
  'The path of GATLING_HOME is too long for a unix socket.',
  (path: string) => ({
    message: `${path} is too long for a unix socket, which takes at most 107 bytes`,
    hint: 'Set GATLING_HOME to a shorter path.',
  }),
)
