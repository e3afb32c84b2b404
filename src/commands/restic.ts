import type { Command } from '../core/host.js'
import type { StoragePlace } from '../core/storage-place.js'

/** A repository and the secrets that open it. No secret is on a command line (restic(1)). */
export interface Repository {
  /** A folder, or `s3:https://host/bucket/folder`. */
  readonly place: string
  /** The secrets that open it, as variables of restic. */
  readonly secrets: Readonly<Record<string, string>>
}

/** @param password a file. */
export const inFolder = (folder: string, password: string): Repository => ({
  place: folder,
  secrets: { RESTIC_PASSWORD_FILE: password },
})

export const inBucket = (storage: StoragePlace): Repository => ({
  place: `s3:https://${storage.endpoint}/${storage.bucket}${storage.path}`,
  secrets: {
    RESTIC_PASSWORD: storage.passphrase,
    AWS_ACCESS_KEY_ID: storage.key,
    AWS_SECRET_ACCESS_KEY: storage.secret,
    AWS_DEFAULT_REGION: storage.region,
  },
})

/** The host name in backups. It is the same on every machine, so that a repository can move. */
const host = 'gatling'

const restic = ({ place, secrets }: Repository, ...words: readonly string[]): Command => ({
  // Every storage accepts the bucket in the path; pgBackRest puts it there, too.
  argv: ['restic', '--quiet', '--no-cache', '--option=s3.bucket-lookup=path', ...words],
  env: { RESTIC_REPOSITORY: place, TZ: 'UTC', ...secrets },
  quiet: true,
})

export const init = (repository: Repository): Command => restic(repository, 'init')

/** Backs up one file as `/<name>`. @param path a folder and the file's name. */
export const backup = (repository: Repository, folder: string, name: string, tag: string): Command => ({
  ...restic(repository, 'backup', '--json', `--host=${host}`, `--tag=${tag}`, name),
  cwd: folder,
})

/** Lists backups without a lock. A lock would prevent a simultaneous backup from removing old ones. */
export const snapshots = (repository: Repository): Command =>
  restic(repository, 'snapshots', '--json', '--no-lock')

/** Writes a file of a backup to standard output. It ignores locks, so it works on the repository of a lost machine. */
export const dump = (repository: Repository, id: string, name: string): Command =>
  restic(repository, 'dump', '--no-lock', id, `/${name}`)

/** Succeeds if the repository exists and has this password. */
export const config = (repository: Repository): Command => restic(repository, 'cat', 'config', '--no-lock')

/** Copies missing backups from a repository in a folder to another one (restic-copy(1)). */
export const copy = (from: Repository, to: Repository): Command => {
  const command = restic(to, 'copy')
  const { RESTIC_PASSWORD_FILE = '' } = from.secrets
  const source = { RESTIC_FROM_REPOSITORY: from.place, RESTIC_FROM_PASSWORD_FILE: RESTIC_PASSWORD_FILE }
  return { ...command, env: { ...command.env, ...source } }
}

/** Removes old backups, and the data that only they need. */
export const forget = (repository: Repository): Command =>
  restic(
    repository,
    'forget',
    ...['--keep-within=2d', '--keep-daily=14', '--keep-weekly=8', '--group-by=', '--prune'],
  )

/** Removes the lock of a killed run. A running restic keeps its lock (restic-unlock(1)). */
export const unlock = (repository: Repository): Command => restic(repository, 'unlock')
