import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const settingsInvalid = error(
  'SETTINGS_INVALID',
  'gatling.toml is not valid.',
  (problems: readonly string[]) => ({
    message: `gatling.toml is not valid:${indent(problems)}`,
    hint: 'Correct it and push again; docs/configuration.md lists every setting.',
  }),
)

export const domainsInvalid = error(
  'DOMAINS_INVALID',
  'The domains file holds something that is not the name of one host, or of the hosts under a domain of your own.',
  (problems: readonly string[]) => ({
    message: `the file domains holds something that cannot be a name of an app: ${list(problems)}`,
    hint: 'Write one host name a line, like shop.example.com or *.shop.example.com, without scheme, port or path. A server without a name of its own can have one of nip.io: 203-0-113-7.nip.io leads to 203.0.113.7.',
  }),
)

export const nginxConfInvalid = error(
  'NGINX_CONF_INVALID',
  "The app's own nginx.conf holds something that an app may not do.",
  (problems: readonly string[], allowed: readonly string[]) => ({
    message: `nginx.conf holds what nginx may not do for an app:${indent(problems)}`,
    hint: `Correct it and push again, or take nginx.conf out: Gatling then writes the site. Allowed are ${list(allowed)}.`,
  }),
)

export const sshRefused = error(
  'SSH_REFUSED',
  'Over ssh a server takes git and gatling commands, and nothing else.',
  (asked: string) => ({
    message: asked === '' ? 'there is no shell here' : `this is not done here: ${asked.slice(0, 200)}`,
    hint: 'git push, git fetch and gatling commands are taken; for a shell log in as another user.',
  }),
)
