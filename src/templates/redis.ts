export interface RedisFacts {
  readonly project: string
  readonly address: string
  readonly port: number
  /** SHA-256 of the password, in hex. */
  readonly passwordHash: string
  readonly data: string
  /** In bytes. */
  readonly memory: number
  readonly evict: boolean
}

/** Writes the whole configuration of an app's Redis. Instead of the password it contains a hash of it. */
export const redisSettings = (facts: RedisFacts): string => `# Written by gatling redis.
bind ${facts.address}
port ${facts.port}
supervised systemd
dir ${facts.data}
# Each write is in this file within a second; it is all that is read at a start.
appendonly yes
appendfsync everysec
save ""
maxmemory ${facts.memory}
maxmemory-policy ${facts.evict ? 'allkeys-lru' : 'noeviction'}
maxclients ${mostClients}
tcp-keepalive 60
# The app could have it listen elsewhere, connect to another, or load code.
user default on #${facts.passwordHash} ~* &* +@all ${kept.map(name => `-${name}`).join(' ')}
`

const mostClients = 1_000

/** The settings of a Redis that no app can change. */
const kept = [
  'config',
  'acl',
  'replicaof',
  'slaveof',
  'failover',
  'cluster',
  'migrate',
  'module',
  'debug',
  'shutdown',
]

/** Writes the unit of an app's Redis (systemd.exec(5)). */
export const redisUnit = (facts: {
  readonly project: string
  readonly program: string
  readonly settings: string
  readonly port: number
  /** Its folder, below /var/lib. */
  readonly state: string
  /** In bytes. */
  readonly memory: number
}): string => `# Written by gatling redis.
[Unit]
Description=Redis of ${facts.project}
After=network.target
StartLimitIntervalSec=0

[Service]
Type=notify
LoadCredential=redis.conf:${facts.settings}
ExecStart=${facts.program} \${CREDENTIALS_DIRECTORY}/redis.conf
Restart=always
RestartSec=1s
# To read its file at a start can take long.
TimeoutStartSec=10min
TimeoutStopSec=1min
DynamicUser=yes
StateDirectory=${facts.state}
StateDirectoryMode=0700
UMask=0077
LimitNOFILE=${mostClients + 100}
# Its port is one that no app can listen on.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
IPAddressAllow=localhost
IPAddressDeny=any
SocketBindDeny=any
SocketBindAllow=tcp:${facts.port}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
NoNewPrivileges=yes
ProtectHome=yes
ProtectProc=invisible
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
InaccessiblePaths=-/var/lib/gatling -/var/log -/run/dbus -/run/systemd/private
# While it rewrites its file, a copy of it has the pages that change meanwhile.
MemoryAccounting=yes
MemoryMax=${2 * facts.memory + 64 * 1_024 ** 2}
TasksMax=32

[Install]
WantedBy=multi-user.target
`
