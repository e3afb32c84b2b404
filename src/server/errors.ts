import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const setupFailed = error(
  'SETUP_FAILED',
  'A change that `gatling setup` makes failed.',
  (about: string, reason: string) => ({
    message: `setup could not ${about}: ${reason}`,
    hint: 'The changes before this one are done and stay. Fix the cause, then run the same `gatling setup` again.',
  }),
)

export const nameTaken = error(
  'NAME_TAKEN',
  'A service of the machine, or a site that Gatling did not write, already has the name of the app.',
  (project: string, path: string) => ({
    message: `this server already has something else named ${project}: ${path}. Nothing was changed`,
    hint: 'Rename the app (a static site: push it to another name), or remove the other one.',
  }),
)

export const nameLong = error(
  'NAME_LONG',
  'The name of an app is too long for its unix user.',
  (project: string, longest: number) => ({
    message: `the name ${project} is too long for a server, which takes at most ${longest} characters`,
    hint: 'Rename the app (a static site: push it to a shorter name).',
  }),
)

export const noPublicName = error(
  'NO_PUBLIC_NAME',
  'An app has no public name, so it cannot have a certificate.',
  (project: string, names: readonly string[]) => ({
    message: `${project} has no public name for a certificate, only ${list(names)}`,
    hint: 'Write its public name into the file `domains` of the app, push, then try again.',
  }),
)

export const certificateRefused = error(
  'CERTIFICATE_REFUSED',
  'The certificate authority refused a certificate; the app answers as before.',
  (names: readonly string[], said: readonly string[]) => ({
    message: `no certificate for ${list(names)}. The app answers as before. certbot wrote:${indent(said.slice(-12))}`,
    hint: 'Each name must lead to this server (`gatling doctor` checks that), and port 80 must be open. Then try again.',
  }),
)

export const certificatesUnused = error(
  'CERTIFICATES_UNUSED',
  'certbot renewed certificates, but nginx does not use the new ones.',
  (said: string) => ({
    message: `nginx does not use the renewed certificates, because it refuses its configuration:${indent(said.split('\n'))}\n  Every site still works, with its old certificate.`,
    hint: 'As root, fix what nginx names above. Then run `systemctl reload nginx` and `gatling doctor`.',
  }),
)

export const instanceSilent = error(
  'INSTANCE_SILENT',
  'An instance of an app did not listen on its port after its start.',
  (project: string, ms: number) => ({
    message: `the instance of ${project} on this machine does not listen on its port after ${ms / 1_000} s. The other machines take its requests`,
    hint: `See why with \`gatling logs ${project}\`. Swarm tries it again.`,
  }),
)

export const appBusy = error(
  'APP_BUSY',
  'An app runs too many programs at once on the server, so no other is started.',
  (project: string, most: number) => ({
    message: `${most} programs of ${project} already run on this server: deploys that wait, commands or consoles. No other was started`,
    hint: `Wait until some have ended, or run \`gatling cancel ${project}\`. If the app's own code starts them, end them all as root: \`systemctl stop 'gatling-*-${project}-*'\`.`,
  }),
)

export const keyUnknown = error('KEY_UNKNOWN', 'Gatling no longer knows the ssh key.', (name: string) => ({
  message: `this server no longer knows the key ${name}`,
  hint: 'Ask the admin of the server to add it again: `gatling keys add`.',
}))

export const keyMayNot = error(
  'KEY_MAY_NOT',
  'The ssh key does not have the right that the command needs.',
  (name: string, command: string, project: string | null, can: readonly string[]) => ({
    message: `the key ${name} may not ${command}${project === null ? '' : ` ${project}`}. It may: ${list(can)}`,
    hint: 'Ask the admin of the server to change that: `gatling keys add` with --app and --can.',
  }),
)

export const commandUnknown = error(
  'COMMAND_UNKNOWN',
  'Gatling has no such command, or it needs a second word.',
  (first: string, seconds: readonly string[]) => ({
    message:
      seconds.length > 0
        ? `\`gatling ${first}\` needs a second word: ${list(seconds)}. Nothing was run`
        : `there is no command \`gatling ${first}\`. Nothing was run`,
    hint:
      seconds.length > 0 ? `\`gatling ${first} --help\` describes them.` : 'List them with `gatling --help`.',
    exitCode: 2,
  }),
)

export const configCode = error(
  'CONFIG_CODE',
  'The ssh key may set config values, but not those that make programs run other code.',
  (name: string, keys: readonly string[], can: readonly string[]) => ({
    message: `the key ${name} may not set ${list(keys)}, which can make programs run other code. It may: ${list(can)}`,
    hint: 'Use a key with the right deploy, console or admin. The admin of the server gives rights with `gatling keys add`.',
  }),
)

export const noFleet = error(
  'NO_FLEET',
  'The command needs a fleet, and this server stands alone.',
  (project: string) => ({
    message: `${project} runs on this server alone, because it is in no fleet. Nothing was changed`,
    hint: 'Add a machine first: `gatling nodes add`.',
  }),
)

export const scaleRefused = error(
  'SCALE_REFUSED',
  'An app cannot run so many instances.',
  (project: string, web: number, why: string, hint: string) => ({
    message: `${project} cannot run ${web} instances: ${why}. Nothing was changed`,
    hint,
  }),
)

export const scaleFailed = error(
  'SCALE_FAILED',
  'A change of the number of instances failed.',
  (project: string, web: number, action: string, reason: string, kept: string) => ({
    message: `${project} does not run ${web} instances, because ${action} failed: ${reason}. ${kept}`,
    hint: `Fix the cause, then run \`gatling scale ${project} ${web}\` again. \`gatling nodes list\` shows the machines.`,
  }),
)

export const drainRefused = error(
  'DRAIN_REFUSED',
  'A machine cannot be drained, because an app runs only there.',
  (name: string, project: string) => ({
    message: `${name} was not drained: ${project} runs nowhere else, and no other machine is free for it`,
    hint: `Add a machine, or scale the app first: \`gatling scale ${project}\`.`,
  }),
)

export const drainFailed = error(
  'DRAIN_FAILED',
  'The instances of a machine did not move to others in time.',
  (name: string, reason: string, isDrained: boolean) => ({
    message: `${name} was not drained as a whole: ${reason}. ${isDrained ? 'It gets no more seats' : 'It has its seats as before'}`,
    hint: isDrained
      ? `Run \`gatling nodes drain ${name}\` again, or let it have seats with \`gatling nodes undrain ${name}\`.`
      : `See why with \`gatling logs\` of the app, then run \`gatling nodes drain ${name}\` again.`,
  }),
)
