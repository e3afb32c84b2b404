import type { Command } from '../core/host.js'

/** Proves that names are ours by files that nginx serves, and gets a certificate for them; certbot's timer renews it. */
export const obtain = (wanted: {
  readonly name: string
  readonly domains: readonly string[]
  readonly email: string
  readonly webroot: string
  readonly authority: string | undefined
}): Command => ({
  argv: [
    'certbot',
    ...['certonly', '--non-interactive', '--agree-tos', '--keep-until-expiring', '--expand'],
    ...['--cert-name', wanted.name, '--email', wanted.email, '--webroot', '--webroot-path', wanted.webroot],
    ...(wanted.authority === undefined ? [] : ['--server', wanted.authority]),
    ...wanted.domains.flatMap(domain => ['--domain', domain]),
  ],
  quiet: true,
})

export const forget = (name: string): Command => ({
  argv: ['certbot', 'delete', '--non-interactive', '--cert-name', name],
  quiet: true,
})
