import type { Command } from '../core/host.js'

/** A stanza: pgBackRest's name for the backups of one cluster. Its configuration is a file. */
export interface Stanza {
  readonly config: string
  readonly name: string
}

/** Runs pgBackRest with only the configuration of the app (pgbackrest(1), --config). */
const pgbackrest = ({ config, name }: Stanza, ...words: readonly string[]): Command => ({
  argv: ['pgbackrest', `--config=${config}`, `--stanza=${name}`, ...words],
  // The user postgres can enter this folder.
  cwd: '/',
  quiet: true,
})

export const createStanza = (stanza: Stanza): Command => pgbackrest(stanza, 'stanza-create')

/** Archives a WAL segment and checks that it arrived. */
export const check = (stanza: Stanza): Command => pgbackrest(stanza, 'check')

export type Kind = 'full' | 'diff' | 'incr'

/** Makes a backup. An `incr` becomes a full backup if there is no full one yet. */
export const backup = (stanza: Stanza, kind: Kind): Command => pgbackrest(stanza, `--type=${kind}`, 'backup')

export const info = (stanza: Stanza): Command => pgbackrest(stanza, 'info', '--output=json')

/**
 * Tests that a repository can write, read and remove a file. These commands are made for that (pgbackrest(1),
 * repo-put).
 */
export const tryRepository = (config: string): readonly Command[] =>
  (['repo-put', 'repo-get', 'repo-rm'] as const).map(word => ({
    argv: ['pgbackrest', `--config=${config}`, '--io-timeout=5', word, ...rawOf(word), 'gatling-test'],
    input: word === 'repo-put' ? 'Written by gatling db storage.\n' : '',
    quiet: true,
  }))

/** Returns the option for a plain file, because only files of a stanza can be encrypted. */
const rawOf = (word: string): readonly string[] => (word === 'repo-rm' ? [] : ['--raw'])

/** Lists the names in a folder of a repository. */
export const list = (config: string): Command => ({
  argv: ['pgbackrest', `--config=${config}`, 'repo-ls'],
  quiet: true,
  cwd: '/',
})

/** Prints the backups of all clusters in a repository. */
export const infoOfAll = (config: string): Command => ({
  argv: ['pgbackrest', `--config=${config}`, 'info', '--output=json'],
  quiet: true,
  cwd: '/',
})

/**
 * Where a restore stops: at the end of the archive or of the backup itself, at a time, at a position in the WAL, or at
 * a named restore point.
 */
export type Target =
  | { readonly type: 'default' | 'immediate' }
  | { readonly type: 'time' | 'lsn' | 'name'; readonly at: string }

/**
 * Writes the files of a backup into a folder, for a cluster that replays new WAL without end (a standby, in
 * PostgreSQL's words).
 */
export const restoreStandby = (stanza: Stanza, label: string, folder: string): Command =>
  pgbackrest(stanza, `--set=${label}`, `--pg1-path=${folder}`, '--type=standby', 'restore')

/** Writes the files of a backup into a folder, with settings that make PostgreSQL replay WAL until the target. */
export const restore = (stanza: Stanza, label: string, folder: string, target: Target): Command =>
  pgbackrest(
    stanza,
    `--set=${label}`,
    `--pg1-path=${folder}`,
    `--type=${target.type}`,
    ...(target.type === 'default' ? [] : ['--target-action=promote']),
    // A cluster stays in its own history, because each has its own stanza. The end of a backup is always in it.
    ...(!('at' in target) ? [] : [`--target=${target.at}`, '--target-timeline=current']),
    'restore',
  )

/** Removes all backups of a stanza. It refuses unless the stanza was stopped. */
export const deleteStanza = (stanza: Stanza): Command => pgbackrest(stanza, '--force', 'stanza-delete')

/** Refuses all commands for a stanza from now on, and ends those that run. */
export const stopStanza = (stanza: Stanza): Command => pgbackrest(stanza, '--force', 'stop')
