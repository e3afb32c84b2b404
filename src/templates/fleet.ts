export interface SeatFacts {
  readonly project: string
  /** The folder of the socket. */
  readonly folder: string
  /** The number of the user that the containers of seats run as. */
  readonly user: number
  readonly gatling: string
}

/** Writes the socket that an app's seats connect to: one connection is one seat (systemd.socket(5)). */
export const seatSocket = ({ project, folder, user }: SeatFacts): string => `# Written by Gatling.
[Unit]
Description=Seats of ${project}

[Socket]
ListenStream=${folder}/socket
SocketMode=0600
# SocketUser= wants a user with a name (systemd.socket(5)).
ExecStartPost=/bin/chown ${user} ${folder}/socket
DirectoryMode=0755
RemoveOnStop=yes
Accept=yes
MaxConnections=4

[Install]
WantedBy=sockets.target
`

/**
 * Writes the unit of a connection. It starts the app, and then waits. If the app cannot start, the connection ends, and
 * Swarm places the seat again. If the seat ends, another unit decides whether the app stops, because this one ends.
 */
export const seatService = ({ project, gatling }: SeatFacts): string => `# Written by Gatling.
[Unit]
Description=A seat of ${project}
After=nginx.service
CollectMode=inactive-or-failed

[Service]
StandardInput=socket
StandardOutput=journal
StandardError=journal
ExecStartPre=${gatling} seat take ${project}
ExecStart=/bin/cat
ExecStopPost=-/bin/systemd-run --quiet --collect --no-block ${gatling} seat leave ${project}
TimeoutStartSec=150s
SyslogIdentifier=gatling-seat
`

/**
 * Writes a setting of the kernel: nginx can start before the fleet network is there. Otherwise every site would be down
 * until then (ip(7), ip_nonlocal_bind).
 */
export const earlyListening = (): string => `# Written by Gatling, for nginx in a fleet.
net.ipv4.ip_nonlocal_bind = 1
`
