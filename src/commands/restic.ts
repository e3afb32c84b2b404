import type { Command } from '../core/host.js'

/** Where backups are kept, and how they are opened. Nothing secret is on a command line (restic(1)). */
export interface Repository {
  readonly folder: string
  /** A file. */
  readonly password: string
}

/** What its backups are of: the same name on every machine, so that a repository can move. */
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

/** A list must not keep a backup that is made meanwhile from removing old ones, which locks out every reader. */
export const snapshots = (repository: Repository): Command =>
  restic(repository, 'snapshots', '--json', '--no-lock')

/** Writes a file of a backup to standard output. */
export const dump = (repository: Repository, id: string, name: string): Command =>
  restic(repository, 'dump', id, `/${name}`)

/** Removes old backups, and what only they had. */
export const forget = (repository: Repository): Command =>
  restic(
    repository,
    'forget',
    ...['--keep-within=2d', '--keep-daily=14', '--keep-weekly=8', '--group-by=', '--prune'],
  )

/** Removes what a killed run has left locked; one that is at work keeps its own lock (restic-unlock(1)). */
export const unlock = (repository: Repository): Command => restic(repository, 'unlock')
