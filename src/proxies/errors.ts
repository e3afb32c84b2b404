import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'

export const domainTaken = error(
  'DOMAIN_TAKEN',
  'Another app, or another site of nginx, already answers to a domain.',
  (domain: string, owner: string, by: string) => ({
    message: `${domain} already belongs to ${owner}${by === domain ? '' : `, which has ${by}`}`,
    hint: owner.startsWith('/')
      ? `Take ${domain} out of this app's domains file, or ${by} out of ${owner}, as root, and push again.`
      : `Take ${domain} out of this app's domains file, or ${by} out of ${owner}'s and push that first.`,
  }),
)

export const addressInUse = error(
  'ADDRESS_IN_USE',
  'Embedded mode cannot listen where it was asked to.',
  (host: string, port: number) => ({
    message: `cannot listen on ${host} port ${port}: another program does, or this machine or user may not`,
    hint: 'Choose another with `gatling serve --port`; 0 takes a free one. --host must be an address of this machine.',
  }),
)

export const nginxRefused = error(
  'NGINX_REFUSED',
  "nginx does not accept the app's site; the old one was put back.",
  (said: string) => ({
    message: `nginx refuses this app's site, so the old one stays in force:${indent(said.split('\n'))}`,
    hint: "Correct the app's domains or nginx.conf and push again.",
  }),
)

export const nginxBroken = error(
  'NGINX_BROKEN',
  'nginx refuses its configuration because of something else than this app.',
  (said: string) => ({
    message: `nginx refuses its configuration, and not because of this app:${indent(said.split('\n'))}`,
    hint: 'Correct what is named there, as root; `nginx -t` tests it, `systemctl reload nginx` and `gatling doctor` the rest. Then push again. Every site goes on as it was.',
  }),
)
