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

/**
 * Writes the service that sends changes to the storage as soon as there are any. It tries again as long as the storage
 * refuses them.
 */
export const sendService = (send: string, config: string, folder: string): string => `# Written by gatling db.
[Unit]
Description=Sends changes of %i's database to the storage
# For as long as it takes.
StartLimitIntervalSec=0

[Service]
Type=oneshot
User=postgres
ExecStart=${send} ${config}/%i.conf ${config}/%i.storage.conf ${folder}/%i
Restart=on-failure
RestartSec=20
Nice=10
SyslogIdentifier=gatling-db
`

export const sendPath = (folder: string): string => `# Written by gatling db.
[Unit]
Description=Changes of %i's database for the storage

[Path]
DirectoryNotEmpty=${folder}/%i/queue
# The service says itself when it tries again.
TriggerLimitIntervalSec=0

[Install]
WantedBy=paths.target
`
