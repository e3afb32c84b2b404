export interface NginxShared {
  readonly namesHash: boolean
  readonly log: string
}

/**
 * What the sites of all apps share, once in nginx's http block. `namesHash`: nobody else sets
 * server_names_hash_bucket_size, which nginx takes only once and needs for names longer than 46 characters.
 * `log`: what was answered by whom, for a deploy to see whether errors have risen. It stands beside the log that others may
 * have set here, and takes nothing away from it.
 */
export const nginxShared = ({ namesHash, log }: NginxShared): string => `\
# Written by gatling setup; what it says all apps rely on.
map $http_upgrade $gatling_connection {
    default upgrade;
    '' '';
}
log_format gatling '$msec $upstream_addr|$upstream_status';
access_log ${log} gatling if=$upstream_addr;
${namesHash ? 'server_names_hash_bucket_size 512;\n' : ''}`
