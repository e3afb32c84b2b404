import type { Command } from '../core/host.js'

/**
 * Gets a certificate for names. It proves the control of the names by files that nginx serves. certbot's timer renews
 * the certificate.
 */
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
