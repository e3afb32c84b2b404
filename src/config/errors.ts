import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const settingsInvalid = error(
  'SETTINGS_INVALID',
  'gatling.toml is not valid.',
  (problems: readonly string[]) => ({
    message: `gatling.toml is not valid:${indent(problems)}`,
    hint: 'Fix it, then push again. docs/configuration.md lists every setting.',
  }),
)

export const domainsInvalid = error(
  'DOMAINS_INVALID',
  'A line of the domains file is neither a host name nor a wildcard for the hosts of one domain.',
  (problems: readonly string[]) => ({
    message: `the file domains has names that an app cannot have: ${list(problems)}`,
    hint: 'Write one host name a line, such as shop.example.com or *.shop.example.com, without scheme, port or path. A server without a name can use nip.io: 203-0-113-7.nip.io leads to 203.0.113.7.',
  }),
)

export const nginxConfInvalid = error(
  'NGINX_CONF_INVALID',
  "The app's own nginx.conf has directives that an app cannot use.",
  (problems: readonly string[], allowed: readonly string[]) => ({
    message: `nginx.conf has directives that an app cannot use:${indent(problems)}`,
    hint: `Fix nginx.conf, or remove it and let Gatling write the site; then push again. An app can use ${list(allowed)}.`,
  }),
)

export const sshRefused = error(
  'SSH_REFUSED',
  'A server takes only git and gatling commands over ssh.',
  (asked: string) => ({
    message:
      asked === ''
        ? 'there is no shell here'
        : `this server does not run this command: ${asked.slice(0, 200)}`,
    hint: 'Use git push, git fetch or a gatling command. For a shell, log in as another user.',
  }),
)
