import { type Listening, listens, server, tlsSettings } from './nginx-listen.js'

export interface NginxShared extends Listening {
  readonly namesHash: boolean
  readonly log: string
  /** Whether nginx can listen on 443. If no app has a certificate, another program can use it. */
  readonly tls: boolean
}

/**
 * Writes what the sites of all apps share, once in nginx's http block. `namesHash`: no other file sets
 * server_names_hash_bucket_size. nginx accepts it only once, and needs it for names longer than 46 characters. `log`:
 * which app and instance answered with which status, and when. Metrics read it, and a deploy sees there whether errors
 * rise. It says nothing about who asked for what. A log that other files set stays as it is. The sites set the two
 * variables; sites of an earlier version of Gatling do not.
 */
export const nginxShared = ({ namesHash, log, tls, ...listening }: NginxShared): string => `\
# Written by gatling setup; what it says all apps rely on.
map $http_upgrade $gatling_upgrade {
    ~*^websocket$ websocket;
    default '';
}
map $gatling_upgrade $gatling_connection {
    default upgrade;
    '' '';
}
map '' $gatling_app { default ''; }
map '' $gatling_slot { default '-'; }
map $gatling_app$upstream_addr $gatling_answered {
    default 1;
    '' 0;
}
log_format gatling '$msec $upstream_addr|$upstream_status|$upstream_header_time|'
    '$gatling_app $gatling_slot $status $request_time $bytes_sent';
access_log ${log} gatling if=$gatling_answered;
${namesHash ? 'server_names_hash_bucket_size 512;\n' : ''}${[unknownHosts(listening), ...(tls ? [unknownTls(listening)] : [])].join('')}`

/**
 * Writes the first block of an address, which gets the requests for names that no site has, unless another block is the
 * default, as in Debian's own site. No app can have its name (RFC 6761).
 */
const unknownHosts = (listening: Listening): string =>
  server([
    ...listens(listening, 80),
    unknownName,
    'default_type text/plain;',
    'return 404 "No app answers to this name.\\n";',
  ])

/** Writes the block for unknown names over https. Without a certificate for the name it refuses the handshake. */
const unknownTls = (listening: Listening): string =>
  server([...listens(listening, 443), unknownName, ...tlsSettings, 'ssl_reject_handshake on;'])

const unknownName = 'server_name gatling.invalid;'
