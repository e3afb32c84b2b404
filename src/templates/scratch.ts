/** The settings of a cluster that lives for one proof, and may lose everything. */
export const scratchSettings = (facts: {
  readonly sockets: string
  readonly connections: number
}): string => `listen_addresses = ''
unix_socket_directories = '${facts.sockets}'
shared_buffers = 64MB
fsync = off
full_page_writes = off
autovacuum = off
hot_standby = off
archive_mode = off
max_connections = ${facts.connections + 20}
`

/** Only PostgreSQL's own user, over the socket. */
export const scratchAccess = 'local all postgres peer\n'
