/** Writes the settings of an app's cluster, besides those of Debian. */
export const clusterSettings = ({
  connections,
  wal,
}: {
  readonly connections: number
  /** How much it may write between two checkpoints, in MB. */
  readonly wal: number
}): string =>
  `# Written by gatling db. Your own settings: a file beside this one whose name comes later.
# The app reaches it by a socket in a folder of its own; nothing listens on the network.
listen_addresses = ''
ssl = off
password_encryption = 'scram-sha-256'
# ${connections} for the app, whose pool is there twice while a new instance takes over; five for Gatling.
max_connections = ${connections + reserved}
superuser_reserved_connections = ${reserved}
shared_buffers = 64MB
wal_level = replica
max_wal_size = ${wal}MB
# Only a restart turns archiving on; backups begin without one.
archive_mode = on
archive_command = '/bin/true'
`

const reserved = 5

/**
 * Writes who can log in (pg_hba.conf): PostgreSQL's own user, and the app's logins with a password. They can also reach
 * the database `postgres`, because an app checks there whether its own database exists.
 */
export const clusterAccess = (database: string, owner: string): string => `# Written by gatling db.
local all postgres peer
local ${database},postgres +${owner} scram-sha-256
`

/** Writes a drop-in of the cluster's unit: how it starts, its limits, and the folder of its socket. */
export const clusterLimits = (facts: {
  /** The user whose group can enter the folder. */
  readonly user: string
  readonly paths: {
    readonly programs: string
    readonly config: string
    readonly log: string
    readonly sockets: string
  }
  readonly connections: number
}): string => `# Written by gatling db.
[Unit]
StartLimitIntervalSec=0

[Service]
# PostgreSQL says itself when it is ready (sd_notify(3)). Debian's program asks it for two seconds.
Type=notify
User=postgres
ExecStart=
ExecStart=${facts.paths.programs}/postgres -D ${facts.paths.config}
StandardOutput=append:${facts.paths.log}
StandardError=append:${facts.paths.log}
# When memory is short, only the first process is spared (Linux Memory Overcommit).
Environment=LANG=C.UTF-8 PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj
# SIGINT ends its sessions and stops it (pg_ctl(1), fast).
ExecStop=
KillSignal=SIGINT
KillMode=mixed
# Debian's unit restarts nothing.
Restart=on-failure
RestartSec=2s
# /run is empty after a reboot.
ExecStartPre=+/usr/bin/install -d -o root -g root -m 0711 /run/gatling-databases
ExecStartPre=+/usr/bin/install -d -o postgres -g postgres -m 0700 ${facts.paths.sockets}
# The database outlives the app, and its user.
ExecStartPre=-+/bin/sh -c 'chgrp ${facts.user} ${facts.paths.sockets} && chmod 0750 ${facts.paths.sockets}'
MemoryAccounting=yes
MemoryMax=50%
TasksMax=${facts.connections + 60}
`

/** Writes the settings of a cluster in embedded mode, which belongs to the user who runs it. */
export const embeddedSettings = (sockets: string): string => `# Written by gatling db.
listen_addresses = ''
unix_socket_directories = '${sockets.replaceAll("'", "''")}'
unix_socket_permissions = 0700
ssl = off
password_encryption = 'scram-sha-256'
shared_buffers = 16MB
max_connections = 60
`

/**
 * The rules of login in embedded mode. Only the user who runs the cluster can enter the folder of its socket, and be
 * its superuser.
 */
export const embeddedAccess = `# Written by gatling db.
local all postgres trust
local all all scram-sha-256
`
