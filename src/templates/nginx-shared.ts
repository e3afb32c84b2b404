/**
 * What the sites of all apps share, once in nginx's http block. `namesHash`: nobody else sets
 * server_names_hash_bucket_size, which nginx takes only once and needs for names longer than 46 characters.
 */
export const nginxShared = ({ namesHash }: { readonly namesHash: boolean }): string => `\
# Written by gatling setup; what it says all apps rely on.
map $http_upgrade $gatling_connection {
    default upgrade;
    '' '';
}
${namesHash ? 'server_names_hash_bucket_size 512;\n' : ''}`
