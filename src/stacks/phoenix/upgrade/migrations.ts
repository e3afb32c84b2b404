import type { Migration } from '../../../core/env.js'

/** A migration's file in a release: where it is, without what differs from one release to the next. */
export interface MigrationFile {
  /** `shop/priv/repo/migrations`. */
  readonly folder: string
  readonly version: string
  readonly name: string
}

/** A migration, and whether the database has it. */
export interface ReportedMigration extends Migration, MigrationFile {
  readonly up: boolean
  /** For a pending migration: what it takes from code that was written for the schema before. */
  readonly breaks: readonly string[]
  /** Why Gatling cannot see all that it does. */
  readonly unclear: readonly string[]
}

const file = /\/lib\/(\w+)-[^/]+\/(priv\/.*?\/migrations)\/(?:.*\/)?(\d+)_([^/]*)\.exs$/

/** Reads what find(1) found, oldest first; other files there, as `.formatter.exs`, are no migrations. */
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

const told = /^gatling:(up|down)\t(\S+)\t.*\/lib\/(\w+)-[^/]+\/(priv\/.*)\t(\d+)\t(.*)$/

/** Reads what `elixir/schema.exs` tells, oldest first; apps print, too. */
export const parseReported = (output: string): ReportedMigration[] => {
  const lines = output.split('\n')
  const said = (kind: 'breaks' | 'unclear', repo: string, version: string): string[] => {
    const start = `gatling:${kind}\t${repo}\t${version}\t`
    return lines.filter(line => line.startsWith(start)).map(line => line.slice(start.length))
  }
  return lines
    .flatMap(line => {
      const [, state, repo, app, folder, version, name] = told.exec(line) ?? []
      if (!repo || !app || !folder || !version || name === undefined) return []
      const [breaks, unclear] = [said('breaks', repo, version), said('unclear', repo, version)]
      return [{ up: state === 'up', repo, folder: `${app}/${folder}`, version, name, breaks, unclear }]
    })
    .sort(byVersion)
}

const byVersion = (one: MigrationFile, other: MigrationFile): number =>
  Number(BigInt(one.version) - BigInt(other.version))

/** A renamed migration is still the same to a database. */
export const isSame = (one: MigrationFile, other: MigrationFile): boolean =>
  one.version === other.version && one.folder === other.folder

/** What the first list has and the second has not. */
export const without = <One extends MigrationFile>(
  some: readonly One[],
  others: readonly MigrationFile[],
): One[] => some.filter(one => !others.some(other => isSame(one, other)))

export const unique = (files: readonly MigrationFile[]): MigrationFile[] =>
  files.filter((one, at) => files.findIndex(other => isSame(one, other)) === at)

export const label = ({ version, name }: Pick<Migration, 'version' | 'name'>): string => `${version} ${name}`
export const names = (some: readonly Pick<Migration, 'version' | 'name'>[]): string[] => some.map(label)
