import type { Command } from '../core/host.js'

/** The folder of backups, and the file with their password. Nothing secret is on a command line (restic(1)). */
export interface Repository {
  readonly folder: string
  /** The path of a file. */
  readonly password: string
}

/** The host name in backups. It is the same on every machine, so that a repository can move. */
const host = 'gatling'

const restic = ({ folder, password }: Repository, ...words: readonly string[]): Command => ({
  argv: ['restic', '--quiet', '--no-cache', ...words],
  env: { RESTIC_REPOSITORY: folder, RESTIC_PASSWORD_FILE: password, TZ: 'UTC' },
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

/** Writes a file of a backup to standard output. */
export const dump = (repository: Repository, id: string, name: string): Command =>
  restic(repository, 'dump', id, `/${name}`)

/** Removes old backups, and the data that only they need. */
export const forget = (repository: Repository): Command =>
  restic(
    repository,
    'forget',
    ...['--keep-within=2d', '--keep-daily=14', '--keep-weekly=8', '--group-by=', '--prune'],
  )

/** Removes the lock of a killed run. A running restic keeps its lock (restic-unlock(1)). */
export const unlock = (repository: Repository): Command => restic(repository, 'unlock')
