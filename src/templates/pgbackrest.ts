import type { StoragePlace } from '../core/storage-place.js'

interface Folder {
  readonly folder: string
  /**
   * How much WAL may wait for the folder, in bytes, before point-in-time recovery is given up to keep the disk from
   * filling (pgBackRest, archive-push-queue-max).
   */
  readonly waitingWal: number
}

export interface BackupPlace {
  /** The place of backups and WAL: a folder of this machine, or storage elsewhere. */
  readonly repository: Folder | StoragePlace
  /** The folder of pgBackRest's locks. */
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

/** How long a backup waits for its last WAL, in s: other WAL may be on its way to the storage before it. */
const storageWait = 600

const repositoryLines = (repository: Folder | StoragePlace): string =>
  'folder' in repository
    ? `repo1-path=${repository.folder}
archive-push-queue-max=${repository.waitingWal}`
    : `repo1-type=s3
repo1-path=${repository.path || '/'}
repo1-s3-bucket=${repository.bucket}
repo1-s3-endpoint=${repository.endpoint}
repo1-s3-region=${repository.region}
# Every storage can do that.
repo1-s3-uri-style=path
repo1-s3-key=${repository.key}
repo1-s3-key-secret=${repository.secret}
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=${repository.passphrase}
archive-timeout=${storageWait}
# A storage that does not answer is given up after about four times as long.
io-timeout=10`

/** Writes the configuration of pgBackRest for one app in one place: a stanza for each of its clusters. */
export const backupConfig = ({ repository, locks, clusters }: BackupPlace): string =>
  `# Written by Gatling.
[global]
${repositoryLines(repository)}
# A thousand small files would be as many requests, and each would be synced alone.
repo1-bundle=y
repo1-retention-full=${keptFull}
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

/**
 * Writes the settings with which a cluster archives its WAL. Without a command it discards the WAL; it can start to
 * archive later without a restart.
 */
export const archiveSettings = (command: string | null): string => `# Written by Gatling.
archive_mode = on
# What was committed a minute ago is in the archive: the rest of that minute is for the way there.
archive_timeout = 50s
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
# In KiB, after a line of names. What must stay free is a twentieth of the disk, and at most 2 GiB.
set -- $(df -k --output=size,avail "$folder")
reserve=$(($3 / 20)); [ $reserve -le 2097152 ] || reserve=2097152
if [ "$4" -lt $reserve ]; then lost disk; exit 0; fi
said=$(pgbackrest --config="$config" --stanza="$stanza" archive-push "$segment" 2>&1) || { code=$?; echo "$said" >&2; exit $code; }
case $said in *dropped*) lost queue; echo "$said" >&2; exit 0 ;; esac
# A cluster that the storage elsewhere knows has its segments wait for it, by their names alone.
[ -e "$folder/stored/$stanza" ] || exit 0
: >"$folder/queue/\${segment##*/}@$stanza"
sync "$folder/queue"
`

/**
 * Sends WAL segments to the storage, oldest first, from the archive on this machine. So PostgreSQL and that archive
 * never wait for the storage. Segments that the archive no longer has are noted as lost.
 */
export const sendScript = `#!/bin/sh
# Written by gatling db. systemd runs it when something waits: pgbackrest-send ARCHIVE-CONFIG STORAGE-CONFIG FOLDER
set -eu
archive=$1 storage=$2 folder=$3
umask 077
[ -s "$storage" ] || exit 0
broken=
# What one cluster cannot send does not hold up another.
failed() { broken="$broken $stanza "; echo "$said" >"$folder/unsent"; rm -f "$copy"; }
for waiting in "$folder"/queue/*@*; do
  [ -e "$waiting" ] || continue
  name=\${waiting##*/}
  segment=\${name%%@*} stanza=\${name##*@} copy="$folder/sending/\${name%%@*}"
  case $broken in *" $stanza "*) continue ;; esac
  # A cluster whose backups are all gone is in no configuration any more.
  grep -qxF "[$stanza]" "$storage" || { rm -f "$waiting"; continue; }
  code=0
  said=$(pgbackrest --config="$archive" --stanza="$stanza" archive-get "$segment" "$copy" 2>&1) || code=$?
  case $code in
    0) said=$(pgbackrest --config="$storage" --stanza="$stanza" archive-push "$copy" 2>&1) || { failed; continue; } ;;
    1) echo "$(date -u -r "$waiting" +%Y-%m-%dT%H:%M:%SZ) $stanza $segment storage" >>"$folder/lost" ;;
    *) failed; continue ;;
  esac
  rm -f "$copy" "$waiting"
done
[ -z "$broken" ] || { echo "The storage takes no changes. They wait." >&2; exit 1; }
rm -f "$folder/unsent"
`
