/** The ports on which nginx listens: 80 and 443, except in tests. */
export interface Listening {
  readonly http?: number
  readonly https?: number
  /** Whether the kernel has IPv6. Without it nginx fails on `[::]`. */
  readonly ipv6: boolean
}

export type OwnPort = 80 | 443

/**
 * Writes the `listen` lines of a port. `http2` is an option here, because nginx before 1.25.1 does not know the
 * directive. Later versions only warn.
 */
export const listens = ({ http = 80, https = 443, ipv6 }: Listening, port: OwnPort): string[] => {
  const what = port === 80 ? `${http}` : `${https} ssl http2`
  return [`listen ${what};`, ...(ipv6 ? [`listen [::]:${what};`] : [])]
}

/**
 * Mozilla's "intermediate" without finite-field Diffie-Hellman. OpenSSL takes protocols and kept sessions from the
 * first server block of an address, whatever the name is, so all blocks have the same settings.
 */
export const tlsSettings: readonly string[] = [
  'ssl_protocols TLSv1.2 TLSv1.3;',
  `ssl_ciphers ${[
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':')};`,
  'ssl_prefer_server_ciphers off;',
  'ssl_session_cache shared:gatling:10m;',
  'ssl_session_timeout 1d;',
  'ssl_session_tickets off;',
]

export const server = (lines: readonly string[]): string =>
  `server {\n${lines.map(line => line.replace(/^(?=.)/gm, '    ')).join('\n')}\n}\n`
