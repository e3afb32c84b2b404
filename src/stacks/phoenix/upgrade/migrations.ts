import type { Migration } from '../../../core/env.js'

/** A migration's file in a release. Its folder is written without the parts that differ between releases. */
export interface MigrationFile {
  /** `shop/priv/repo/migrations`. */
  readonly folder: string
  readonly version: string
  readonly name: string
}

/** A migration, and whether the database has it. */
export interface ReportedMigration extends Migration, MigrationFile {
  readonly up: boolean
  /** For a pending migration: what it removes that code for the old schema needs. */
  readonly breaks: readonly string[]
  /** What prevents its rollback, if that was asked and the migration was applied. */
  readonly stays: readonly string[]
  /** Why Gatling cannot see everything that the migration does. */
  readonly unclear: readonly string[]
}

const file = /\/lib\/(\w+)-[^/]+\/(priv\/.*?\/migrations)\/(?:.*\/)?(\d+)_([^/]*)\.exs$/

/** Reads the output of find(1), oldest first. It skips files that are not migrations, such as `.formatter.exs`. */
export const parseFiles = (paths: string): MigrationFile[] =>
  paths
    .split('\n')
    .flatMap(path => {
      const [, app, folder, version, name] = file.exec(path) ?? []
      return app && folder && version && name !== undefined
        ? [{ folder: `${app}/${folder}`, version, name }]
        : []
    })
    .sort(byVersion)

const reported = /^gatling:(up|down)\t(\S+)\t.*\/lib\/(\w+)-[^/]+\/(priv\/.*)\t(\d+)\t(.*)$/

/** Reads the output of `elixir/schema.exs`, oldest first. Apps can print other lines. */
export const parseReported = (output: string): ReportedMigration[] => {
  const lines = output.split('\n')
  const linesAbout = (kind: 'breaks' | 'stays' | 'unclear', repo: string, version: string): string[] => {
    const start = `gatling:${kind}\t${repo}\t${version}\t`
    return lines.filter(line => line.startsWith(start)).map(line => line.slice(start.length))
  }
  return lines
    .flatMap(line => {
      const [, state, repo, app, folder, version, name] = reported.exec(line) ?? []
      if (!repo || !app || !folder || !version || name === undefined) return []
      const of = { breaks: linesAbout('breaks', repo, version), stays: linesAbout('stays', repo, version) }
      const unclear = linesAbout('unclear', repo, version)
      return [{ up: state === 'up', repo, folder: `${app}/${folder}`, version, name, ...of, unclear }]
    })
    .sort(byVersion)
}

const byVersion = (one: MigrationFile, other: MigrationFile): number =>
  Number(BigInt(one.version) - BigInt(other.version))

/** Tells whether two files are the same migration to a database, even if one was renamed. */
export const isSame = (one: MigrationFile, other: MigrationFile): boolean =>
  one.version === other.version && one.folder === other.folder

/** Returns what only the first list has. */
export const without = <One extends MigrationFile>(
  some: readonly One[],
  others: readonly MigrationFile[],
): One[] => some.filter(one => !others.some(other => isSame(one, other)))

export const unique = (files: readonly MigrationFile[]): MigrationFile[] =>
  files.filter((one, at) => files.findIndex(other => isSame(one, other)) === at)

export const label = ({ version, name }: Pick<Migration, 'version' | 'name'>): string => `${version} ${name}`
export const names = (some: readonly Pick<Migration, 'version' | 'name'>[]): string[] => some.map(label)
