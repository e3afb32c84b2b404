import type { Limits } from '../core/limits.js'

/**
 * The ports of apps. They are below the range from which outgoing connections get theirs (ip(7), ip_local_port_range).
 */
export const firstPort = 20_000
export const lastPort = 31_999

/** The ports at which the machines of a fleet take each other's requests, one for each app. */
export const firstFleetPort = 32_000
export const lastFleetPort = 32_499

/** The last port that no app of a fleet may choose. Those before it are for Erlang nodes (core/cluster.ts). */
const lastKeptPort = 32_767

export interface NodePlace {
  /** The addresses at which the app's processes may reach its Erlang nodes. */
  readonly addresses: readonly string[]
  /** The networks in which they may reach no other address. */
  readonly networks: readonly string[]
  /** Whether the machine is in a fleet, whose ports no app may choose either. */
  readonly isInFleet: boolean
}

export interface UnitFacts {
  readonly project: string
  readonly user: string
  /** Where its Erlang nodes listen, and the networks of all such nodes. */
  readonly node: NodePlace
  /** The app's folder. */
  readonly root: string
  /** The environment of an instance, with `%i` for its slot. */
  readonly environment: string
  /** Its own ports, the only ones of all apps' ports on which it can listen. */
  readonly ports: readonly number[]
  readonly drainMs: number
  readonly limits: Limits
  /** The program that starts the version in the app's state. */
  readonly gatling: string
}

/**
 * Paths that reveal other apps. systemd shows everybody the command lines of all units over D-Bus
 * (org.freedesktop.systemd1(5), GetUnitProcesses). The folders of nginx contain their sites and the log of their
 * answers.
 */
const hidden = ['/run/dbus', '/run/systemd/private', '/etc/nginx', '/var/log/nginx']

/**
 * Writes the limits of every process of an app, whether it is an instance, a build or a hook (systemd.exec(5)).
 * Writable memory that is executable stays allowed: Erlang compiles to machine code as it loads.
 */
export const sandbox = (
  user: string,
  node: NodePlace,
  writable: readonly string[],
  ports: readonly number[],
  limits: Limits,
): string[] => [
  `User=${user}`,
  `Group=${user}`,
  'UMask=0027',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  `ReadWritePaths=${writable.join(' ')}`,
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectProc=invisible',
  `InaccessiblePaths=${hidden.map(path => `-${path}`).join(' ')}`,
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  // An app can listen only on its own ports: otherwise another app could answer for one that is down. It needs cgroup
  // v2.
  `SocketBindDeny=tcp:${firstPort}-${node.isInFleet ? lastKeptPort : lastPort}`,
  ...ports.map(port => `SocketBindAllow=tcp:${port}`),
  // An Erlang node makes an atom of the name of each client, before it asks for the cookie. So any client that reaches
  // it can fill its atom table, and so end it.
  `IPAddressAllow=${node.addresses.join(' ')}`,
  `IPAddressDeny=${node.networks.join(' ')}`,
  'RestrictSUIDSGID=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'LockPersonality=yes',
  'RemoveIPC=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
  'MemoryAccounting=yes',
  ...(limits.memory === null ? [] : [`MemoryMax=${limits.memory}`]),
  ...(limits.cpu === null ? [] : [`CPUQuota=${limits.cpu}%`]),
  `TasksMax=${limits.tasks}`,
]

/** Writes the unit template of an app's two slots, `<project>@a` and `<project>@b`. */
export const slotUnit = (facts: UnitFacts): string => `# Written by Gatling, at every deploy that changes it.
[Unit]
Description=${facts.project}, slot %i
PartOf=${facts.project}.service
After=network.target postgresql.service mysql.service mariadb.service redis-server.service
StartLimitIntervalSec=0

[Service]
Type=exec
EnvironmentFile=${facts.environment}
WorkingDirectory=${facts.root}/data
RuntimeDirectory=gatling-app/%p-%i
RuntimeDirectoryPreserve=restart
# An instance on trial is started once: mkdir fails when systemd starts the same trial again.
ExecCondition=/bin/sh -c 'test -z "$$GATLING_TRIAL" || mkdir "$$RUNTIME_DIRECTORY/tried-$$GATLING_TRIAL"'
ExecStartPre=/bin/mkdir -m 0700 -p ${facts.root}/deploy/tmp/%i
# On the command line everybody could read the text; printf is the shell's own.
ExecStartPre=/bin/sh -c 'test -z "$$GATLING_FILE" || { umask 077 && rm -f "$$GATLING_FILE" && printf %%s "$$GATLING_FILE_TEXT" >"$$GATLING_FILE"; }'
ExecStart=/bin/sh -c 'exec "$$GATLING_RELEASE/bin/$$GATLING_RELEASE_NAME" start'
Restart=always
RestartSec=2s
KillMode=mixed
TimeoutStopSec=${Math.max(1, Math.ceil(facts.drainMs / 1_000))}s
SyslogIdentifier=${facts.project}
OOMPolicy=stop
${sandbox(facts.user, facts.node, [`${facts.root}/data`, `${facts.root}/deploy/tmp`], facts.ports, facts.limits).join('\n')}
`

/** Writes the unit that people use: `service <project> start`, stop and restart. It also starts the app at boot. */
export const appUnit = ({ project, gatling }: UnitFacts): string => `# Written by Gatling.
[Unit]
Description=${project}: starts the slot that is live, ${project}@a or ${project}@b
After=network.target nginx.service
Documentation=man:systemctl(1)

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${gatling} converge ${project}
ExecStop=/bin/systemctl stop ${project}@a.service ${project}@b.service
# What an app has a hand in must not look like what Gatling notes of keys, as "gatling".
SyslogIdentifier=gatling-converge

[Install]
WantedBy=multi-user.target
`

/** Writes the script in /etc/init.d, where `service` looks for verbs that systemd does not know (service(8)). */
export const appScript = ({ project, gatling }: UnitFacts): string => `#!/bin/sh
# Written by Gatling. systemd runs ${project}; this adds verbs to \`service ${project}\`.
### BEGIN INIT INFO
# Provides: ${project}
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: ${project}
### END INIT INFO
case "$1" in
  start | stop | restart | status) exec systemctl "$1" ${project}.service ;;
  *) exec ${gatling} service ${project} "$@" ;;
esac
`

/** Writes the socket of an app's door. Until a client connects, only systemd listens (systemd.socket(5)). */
export const doorSocket = (gatlingUser: string): string => `# Written by gatling setup.
[Unit]
Description=Gatling's door for %i

[Socket]
ListenStream=/run/gatling/%i.sock
SocketUser=${gatlingUser}-%i
SocketMode=0600
RemoveOnStop=yes

[Install]
WantedBy=sockets.target
`

export const doorService = (gatling: string): string => `# Written by gatling setup.
[Unit]
Description=Gatling's door for %i: units, nginx, and nothing else
CollectMode=inactive-or-failed
# While node is being replaced a door cannot start. After five tries systemd would close its socket, too (systemd.socket(5)).
StartLimitIntervalSec=0

[Service]
ExecStart=${gatling} door %i
# One that was killed, and a deploy with it, is the only one to put right what serves.
Restart=on-failure
RestartSec=1s
NoNewPrivileges=yes
ProtectHome=yes
# An app may call as often as it likes.
MemoryMax=512M
TasksMax=128
SyslogIdentifier=gatling-door
`

/** Quotes a value so that EnvironmentFile= reads it back byte for byte (systemd.exec(5)). */
const quoteVariable = (value: string): string => `"${value.replace(/["\\$`]/g, '\\$&')}"`

export const environmentFile = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${quoteVariable(value)}\n`)
    .join('')
