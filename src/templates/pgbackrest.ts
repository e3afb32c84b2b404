export interface BackupPlace {
  /** Where backups and WAL are kept on this machine. */
  readonly repository: string
  /** What pgBackRest locks while it works. */
  readonly locks: string
  readonly clusters: readonly {
    readonly stanza: string
    /** The cluster's data. */
    readonly folder: string
    /** The folder of its socket. */
    readonly sockets: string
    readonly port: number
  }[]
}

/** How many full backups are kept, with all WAL since the oldest of them. */
const keptFull = 2

/**
 * How much WAL may wait for the repository, before point-in-time recovery is given up to keep the disk from filling
 * (pgBackRest, archive-push-queue-max).
 */
const waitingWal = '1GiB'

/** The configuration of pgBackRest for one app: a stanza for each of its clusters. */
export const backupConfig = ({ repository, locks, clusters }: BackupPlace): string =>
  `# Written by Gatling.
[global]
repo1-path=${repository}
repo1-retention-full=${keptFull}
archive-push-queue-max=${waitingWal}
compress-type=zst
compress-level=3
start-fast=y
process-max=1
lock-path=${locks}
log-level-console=warn
log-level-file=off
log-level-stderr=off
${clusters
  .map(
    ({ stanza, folder, sockets, port }) => `
[${stanza}]
pg1-path=${folder}
pg1-port=${port}
pg1-socket-path=${sockets}
`,
  )
  .join('')}`

/** The settings with which a cluster archives its WAL; null: it throws it away, and can change its mind without a restart. */
export const archiveSettings = (command: string | null): string => `# Written by Gatling.
archive_mode = on
# What was committed longer ago is in the archive.
archive_timeout = 60s
archive_command = '${command ?? '/bin/true'}'
${command === null ? '# A replay must not depend on how many connections there were once.\nhot_standby = off\n' : ''}`

/**
 * PostgreSQL runs this for each WAL segment. If the disk is nearly full, or too many segments wait, it gives the segment
 * up, so that the database goes on. It notes that in a file, because a restore to a later time then needs a new backup.
 */
export const archiveScript = `#!/bin/sh
# Written by gatling db. PostgreSQL runs it as archive_command: pgbackrest-archive CONFIG STANZA FOLDER PATH-OF-SEGMENT
set -eu
config=$1 stanza=$2 folder=$3 segment=$4
lost() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $stanza \${segment##*/} $1" >>"$folder/lost"; }
# In KiB. What must stay free is a twentieth of the disk, and at most 2 GiB.
set -- $(df -k --output=size,avail "$folder" | tail -n 1)
reserve=$(($1 / 20)); [ $reserve -le 2097152 ] || reserve=2097152
if [ "$2" -lt $reserve ]; then lost disk; exit 0; fi
said=$(pgbackrest --config="$config" --stanza="$stanza" archive-push "$segment" 2>&1) || { code=$?; echo "$said" >&2; exit $code; }
case $said in *dropped*) lost queue; echo "$said" >&2 ;; esac
`
