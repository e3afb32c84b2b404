import { error } from '../core/error.js'
import { indent } from '../core/error-text.js'

export const domainTaken = error(
  'DOMAIN_TAKEN',
  'Another app, or another site of nginx, already has a domain.',
  (domain: string, owner: string, by: string) => ({
    message: `${domain} already belongs to ${owner}${by === domain ? '' : `, which has ${by}`}`,
    hint: owner.startsWith('/')
      ? `Remove ${domain} from this app's domains file, or ${by} from ${owner} as root, then push again.`
      : `Remove ${domain} from this app's domains file, then push again. To move the name, first remove ${by} from ${owner}'s file and push that.`,
  }),
)

export const addressInUse = error(
  'ADDRESS_IN_USE',
  'Embedded mode cannot listen on its address.',
  (host: string, port: number) => ({
    message: `cannot listen on ${host} port ${port}. Another program uses it, or this user lacks the permission`,
    hint: 'Choose another port with `gatling serve --port`; 0 takes a free one. --host must be an address of this machine.',
  }),
)

export const nginxRefused = error(
  'NGINX_REFUSED',
  "nginx refuses the app's new site, so Gatling put the old one back.",
  (said: string) => ({
    message: `nginx refuses this app's new site, so the old one stays in force:${indent(said.split('\n'))}`,
    hint: "Fix the app's domains or nginx.conf, then push again.",
  }),
)

export const nginxBroken = error(
  'NGINX_BROKEN',
  'nginx refuses its configuration, but not because of this app.',
  (said: string) => ({
    message: `nginx refuses its configuration, but not because of this app:${indent(said.split('\n'))}`,
    hint: 'Every site still works as before. As root, fix the file named above until `nginx -t` accepts it, then run `systemctl reload nginx` and `gatling doctor`. Then push again.',
  }),
)
