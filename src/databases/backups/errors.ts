import { error } from '../../core/error.js'
import { indent } from '../../core/error-text.js'
import { size } from '../../core/size.js'

export const backupToolFailed = error(
  'BACKUP_TOOL_FAILED',
  'The program that makes and restores backups, pgBackRest or restic, failed.',
  (program: 'pgBackRest' | 'restic', said: readonly string[]) => ({
    message: `${program} failed:${indent(said)}`,
    hint: 'Fix what it names. Then run the same command again.',
  }),
)

export const needsPoints = error(
  'NEEDS_RESTORE_POINTS',
  'Only the PostgreSQL of an app on a server has restore points.',
  (option: string) => ({
    message: `${option} needs restore points, which only a PostgreSQL of Gatling's on a server has. Nothing was changed`,
    hint: 'Restore with --at or --backup, then promote. Roll the code back with `gatling rollback`.',
  }),
)

export const roomMissing = error(
  'ROOM_MISSING',
  'The disk has no room for a backup or a restore.',
  (what: string, folder: string, needed: number, free: number) => ({
    message: `the disk of ${folder} has ${size(free)} free, and ${what} needs ${size(needed)}. Nothing was begun`,
    hint: 'Make room on that disk, or give it more. Then run the same command again.',
  }),
)

export const noBackups = error('NO_BACKUPS', 'A database has no backup yet.', (project: string) => ({
  message: `the database of ${project} has no backup yet`,
  hint: `Make one with \`gatling db backup ${project}\`.`,
}))

export const copyUnfinished = error(
  'COPY_UNFINISHED',
  'A restored database is not there, or not whole.',
  (project: string, label: string) => ({
    message: `${project} has no restored database ${label}`,
    hint: `See which there are with \`gatling db backups ${project}\`.`,
  }),
)

export const copyStopped = error(
  'COPY_STOPPED',
  'A database beside the one that serves does not run, as after an upgrade.',
  (label: string, unit: string) => ({
    message: `${label} does not run`,
    hint: `Start it as root to look at it: \`systemctl start ${unit}\`.`,
  }),
)

export const copyNotStarted = error(
  'COPY_NOT_STARTED',
  'A restored database did not start, or ended while it replayed its WAL.',
  (name: string, said: readonly string[]) => ({
    message: `the restored cluster ${name} did not start. PostgreSQL wrote:${indent(said)}`,
    hint: 'If it wrote that recovery ended before the target, choose an earlier time.',
  }),
)

export const followerLate = error(
  'FOLLOWER_LATE',
  'The copy of a database did not get the last changes, so it cannot replace it.',
  (ms: number) => ({
    message: `the copy got no further for ${ms / 1_000} s: the last changes are not in the archive`,
    hint: 'See with `gatling doctor` what keeps changes from being archived.',
  }),
)

const why = {
  future: 'that time is not over yet',
  'too-early': 'no backup ended before that time',
  lost: 'changes of that time are lost: the disk was nearly full, or the archive could not be reached, so they were not archived',
  unknown: 'there is no such backup',
  'no-point': 'there is no restore point before that release',
} as const

export const restoreRefused = error(
  'RESTORE_REFUSED',
  'A backup or a time cannot be restored.',
  (project: string, reason: keyof typeof why, backups: readonly { id: string; endedAt: Date }[]) => {
    const [first] = backups
    return {
      message: `nothing was restored, because ${why[reason]}. ${
        first
          ? `The first backup ended at ${first.endedAt.toISOString()}, and it is ${new Date().toISOString()} now`
          : 'There is no backup'
      }`,
      hint: `See what there is with \`gatling db backups ${project}\`, and choose a backup, or a time after it.`,
    }
  },
)

export const noRestorePoint = error(
  'NO_RESTORE_POINT',
  'No restore point can be marked, because no backup could bring it back.',
  (project: string) => ({
    message: `the database of ${project} has no backup that a restore could begin with`,
    hint: `Make one with \`gatling db backup ${project}\`.`,
  }),
)

export const valuesShared = error(
  'VALUES_SHARED',
  'The live release runs with the config values of the release to go back to, so only both could get another database.',
  (project: string, release: number) => ({
    message: `the live release of ${project} runs with the config values of release ${release}. Nothing was changed`,
    hint: `First run \`gatling redeploy ${project}\`, which gives the live release its own values.`,
  }),
)

export const timeUnclear = error(
  'TIME_UNCLEAR',
  'A time to restore can be understood in more than one way.',
  (text: string, reason: string) => ({
    message: `${JSON.stringify(text)} is not clear: ${reason}`,
    hint: 'Write it as 2026-11-28 14:03:00, or 14:03 for today. Add a zone (Z, +01:00) if it is not the zone of the server.',
    exitCode: 2,
  }),
)

export const promoteServes = error(
  'PROMOTE_SERVES',
  'The database to promote is already live.',
  (project: string, label: string) => ({
    message: `${label} serves ${project} already. Nothing was changed`,
    hint: `See which others there are with \`gatling db backups ${project}\`.`,
  }),
)

export const proofFailed = error(
  'PROOF_FAILED',
  'A restored backup is not what the database was.',
  (backup: string, wrong: readonly string[]) => ({
    message: `the backup ${backup} was restored, and is not what the database was:${indent(wrong.slice(0, 10))}`,
    hint: 'Make a new one at once with `gatling db backup --full`, and prove it with `gatling db verify`. Look for errors of the disk with `dmesg`.',
  }),
)

export const repositoryGone = error(
  'REPOSITORY_GONE',
  'The folder that backups are kept in is no longer there.',
  (folder: string, afresh: string) => ({
    message: `the folder of the backups is gone: ${folder}`,
    hint: `Mount or move it back. If the backups are lost, begin again: \`${afresh}\`, then run the same command again.`,
  }),
)
