import type { Command } from '../core/host.js'

/** A stanza is pgBackRest's name for the backups of one cluster; its configuration is a file. */
export interface Stanza {
  readonly config: string
  readonly name: string
}

/** pgBackRest reads no other configuration than the one of the app (pgbackrest(1), --config). */
const pgbackrest = ({ config, name }: Stanza, ...words: readonly string[]): Command => ({
  argv: ['pgbackrest', `--config=${config}`, `--stanza=${name}`, ...words],
  // A folder that the user postgres can enter.
  cwd: '/',
  quiet: true,
})

export const createStanza = (stanza: Stanza): Command => pgbackrest(stanza, 'stanza-create')

/** Archives a WAL segment and looks whether it arrived. */
export const check = (stanza: Stanza): Command => pgbackrest(stanza, 'check')

export type Kind = 'full' | 'diff' | 'incr'

/** An `incr` without a full backup before it becomes a full one. */
export const backup = (stanza: Stanza, kind: Kind): Command => pgbackrest(stanza, `--type=${kind}`, 'backup')

export const info = (stanza: Stanza): Command => pgbackrest(stanza, 'info', '--output=json')

/** What shows that a repository takes, gives and removes a file. These commands are for that (pgbackrest(1), repo-put). */
export const tryRepository = (config: string): readonly Command[] =>
  (['repo-put', 'repo-get', 'repo-rm'] as const).map(word => ({
    argv: ['pgbackrest', `--config=${config}`, '--io-timeout=5', word, ...rawOf(word), 'gatling-test'],
    input: word === 'repo-put' ? 'Written by gatling db storage.\n' : '',
    quiet: true,
  }))

/** As it is: what is to be encrypted must belong to a stanza. */
const rawOf = (word: string): readonly string[] => (word === 'repo-rm' ? [] : ['--raw'])

/** Lists the names in a folder of a repository. */
export const list = (config: string): Command => ({
  argv: ['pgbackrest', `--config=${config}`, 'repo-ls'],
  quiet: true,
  cwd: '/',
})

/** What is kept of all clusters of a repository. */
export const infoOfAll = (config: string): Command => ({
  argv: ['pgbackrest', `--config=${config}`, 'info', '--output=json'],
  quiet: true,
  cwd: '/',
})

/**
 * Where a restore stops: where the archive or the backup itself ends, at a time, at a position in the WAL, or at a named
 * restore point.
 */
export type Target =
  | { readonly type: 'default' | 'immediate' }
  | { readonly type: 'time' | 'lsn' | 'name'; readonly at: string }

/** The same for a cluster that goes on replaying the WAL which arrives (PostgreSQL calls it a standby). */
export const restoreStandby = (stanza: Stanza, label: string, folder: string): Command =>
  pgbackrest(stanza, `--set=${label}`, `--pg1-path=${folder}`, '--type=standby', 'restore')

/** Writes the files of a backup into a folder, with the settings that have PostgreSQL replay WAL until the target. */
export const restore = (stanza: Stanza, label: string, folder: string, target: Target): Command =>
  pgbackrest(
    stanza,
    `--set=${label}`,
    `--pg1-path=${folder}`,
    `--type=${target.type}`,
    ...(target.type === 'default' ? [] : ['--target-action=promote']),
    // A cluster keeps to its own history: each has a stanza of its own. The end of a backup is always in it.
    ...(!('at' in target) ? [] : [`--target=${target.at}`, '--target-timeline=current']),
    'restore',
  )

/** Removes all backups of a stanza; it refuses unless the stanza was stopped. */
export const deleteStanza = (stanza: Stanza): Command => pgbackrest(stanza, '--force', 'stanza-delete')

/** Refuses all commands for a stanza from now on, and ends those that run. */
export const stopStanza = (stanza: Stanza): Command => pgbackrest(stanza, '--force', 'stop')
