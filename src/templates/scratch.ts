/** Writes the settings of a cluster that exists for one proof of a backup, and can lose all its data. */
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

/** The rule by which only PostgreSQL's own user can log in, over the socket. */
export const scratchAccess = 'local all postgres peer\n'

/** Writes the settings of a cluster that follows another one until it is converted to a newer version. */
export const followerSettings = (
  folder: string,
  same: ReadonlyMap<string, string>,
): string => `listen_addresses = ''
unix_socket_directories = '${folder}'
shared_buffers = 64MB
hot_standby = on
# It asks for the next segment of the archive this often.
wal_retrieve_retry_interval = 100ms
autovacuum = off
archive_mode = off
${[...same].map(([name, value]) => `${name} = ${value}\n`).join('')}`
