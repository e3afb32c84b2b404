const service = (what: string, command: string): string => `# Written by gatling db.
[Unit]
Description=${what} of %i's database
After=postgresql.service

[Service]
Type=oneshot
ExecStart=${command}
# The sites come first.
Nice=10
CPUWeight=20
IOWeight=20
SyslogIdentifier=gatling-db
`

const timer = (what: string, calendar: string, spread: string): string => `# Written by gatling db.
[Unit]
Description=${what} of %i's database

[Timer]
OnCalendar=${calendar}
RandomizedDelaySec=${spread}
# A machine that was off makes up for it.
Persistent=yes

[Install]
WantedBy=timers.target
`

export const backupService = (gatling: string): string => service('Backup', `${gatling} db backup %i`)
export const backupTimer = timer('Daily backup', '*-*-* 03:00', '1h')
export const proofService = (gatling: string): string =>
  service('Proof of a backup', `${gatling} db verify %i`)
export const proofTimer = timer('Weekly proof of a backup', 'Sun *-*-* 05:00', '2h')
