import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const setupFailed = error(
  'SETUP_FAILED',
  'A change that `gatling setup` wanted to make failed.',
  (about: string, reason: string) => ({
    message: `setup could not ${about}: ${reason}`,
    hint: 'What was done before stays, and is not done again. Correct this and run the same `gatling setup` again.',
  }),
)

export const nameTaken = error(
  'NAME_TAKEN',
  'An app cannot have the name of a service of the machine, or of a site that somebody else wrote.',
  (project: string, path: string) => ({
    message: `there already is something else of the name ${project} on this server: ${path}`,
    hint: 'Nothing was changed. Rename the app in mix.exs, or move that away.',
  }),
)

export const nameLong = error(
  'NAME_LONG',
  'The name of an app is too long for its unix user.',
  (project: string, longest: number) => ({
    message: `${project} is too long for a server: a project's name may have at most ${longest} characters there`,
    hint: 'Rename the app in mix.exs.',
  }),
)

export const noPublicName = error(
  'NO_PUBLIC_NAME',
  'An app has no name that a certificate could be made out to.',
  (project: string, names: readonly string[]) => ({
    message: `${project} answers to ${list(names)}, none of which is a name of the internet`,
    hint: 'Write its name into the file `domains` of the app, push, and try again.',
  }),
)

export const certificateRefused = error(
  'CERTIFICATE_REFUSED',
  'The certificate authority did not give a certificate; the app answers as before.',
  (names: readonly string[], said: readonly string[]) => ({
    message: `no certificate for ${list(names)}; certbot said:${indent(said.slice(-12))}`,
    hint: 'Each name must lead to this server (`gatling doctor` looks), and port 80 must be reachable. Then try again.',
  }),
)

export const certificatesUnused = error(
  'CERTIFICATES_UNUSED',
  'Certificates were renewed, but nginx does not use the new ones.',
  (said: string) => ({
    message: `nginx does not use the renewed certificates, because it refuses its configuration:${indent(said.split('\n'))}\n  Every site goes on, with its certificate of before.`,
    hint: 'Correct what is named there, as root. Then run `systemctl reload nginx` and `gatling doctor`.',
  }),
)

export const keyUnknown = error(
  'KEY_UNKNOWN',
  'The ssh key is not known to Gatling any more.',
  (name: string) => ({
    message: `the key ${name} is not known here any more`,
    hint: 'Whoever runs the server can let it in again: `gatling keys add`.',
  }),
)

export const keyMayNot = error(
  'KEY_MAY_NOT',
  'The ssh key does not have the right that the command needs.',
  (name: string, command: string, project: string | null, can: readonly string[]) => ({
    message: `the key ${name} may not ${command}${project === null ? '' : ` ${project}`}; it may: ${list(can)}`,
    hint: 'Whoever runs the server can change that: `gatling keys add` with --app and --can.',
  }),
)

export const configCode = error(
  'CONFIG_CODE',
  'The ssh key may set config values, but not those that make programs run other code.',
  (name: string, keys: readonly string[], can: readonly string[]) => ({
    message: `the key ${name} may not set ${list(keys)}, which can make programs run other code; it may: ${list(can)}`,
    hint: 'A key that may deploy, console or admin can set it; whoever runs the server gives rights with `gatling keys add`.',
  }),
)
