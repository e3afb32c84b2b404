import type { Command } from '../../../core/host.js'
import { ownFile } from '../../../core/own-file.js'

const script = ownFile('elixir/schema.exs')

/**
 * Lists the migration files of a release, or of all releases in a folder, one a line (find(1)). It skips the folders
 * with the most files.
 */
export const findMigrations = (folder: string): Command => ({
  argv: [
    ...(['find', folder] as const),
    ...['(', '-name', 'ebin', '-o', '-name', 'erts-*', '-o', '-name', 'static', ')', '-prune'],
    ...['-o', '-path', '*/lib/*/priv/*/migrations/*.exs', '-print'],
  ],
  quiet: true,
})

/** A release that asks and changes its databases. */
export interface Speaker {
  readonly releaseDir: string
  readonly releaseName: string
  readonly apps: readonly string[]
  /** The environment of an instance of it. */
  readonly env: Readonly<Record<string, string>>
}

/** How long a database may take to report its migrations, in ms. */
const tellMs = 60_000

/**
 * Prints every migration of a release, and whether it was applied.
 * @param back versions of migrations. If one was applied, it also prints what prevents its rollback.
 */
export const tellMigrations = (speaker: Speaker, back: readonly string[]): Command => ({
  ...evaluate(speaker, `tell(${atoms(speaker.apps)}, [${back.join(', ')}])`),
  timeoutMs: tellMs,
  quiet: true,
})

/** Runs every migration that is not up. */
export const runMigrations = (speaker: Speaker, timeoutMs: number): Command => ({
  ...evaluate(speaker, `migrate(${atoms(speaker.apps)})`),
  timeoutMs,
  changes: 'schema',
})

/** Rolls back these migrations, in this order. */
export const rollBackMigrations = (
  speaker: Speaker,
  migrations: readonly Named[],
  timeoutMs: number,
): Command => exactly('rollback', speaker, migrations, timeoutMs)

/** Runs these migrations again, in this order. */
export const restoreMigrations = (
  speaker: Speaker,
  migrations: readonly Named[],
  timeoutMs: number,
): Command => exactly('restore', speaker, migrations, timeoutMs)

interface Named {
  readonly repo: string
  readonly version: string
}

const exactly = (
  call: 'rollback' | 'restore',
  speaker: Speaker,
  migrations: readonly Named[],
  timeoutMs: number,
): Command => {
  const wanted = migrations.map(({ repo, version }) => `{${JSON.stringify(repo)}, ${version}}`).join(', ')
  return {
    ...evaluate(speaker, `${call}(${atoms(speaker.apps)}, [${wanted}])`),
    timeoutMs,
    changes: 'schema',
  }
}

const evaluate = ({ releaseDir, releaseName, env }: Speaker, call: string): Command => ({
  argv: [
    `${releaseDir}/bin/${releaseName}`,
    'eval',
    `Code.require_file(${text(script)}); Gatling.Schema.${call}`,
  ],
  env: { ...env, RELEASE_DISTRIBUTION: 'none' },
})

const atoms = (names: readonly string[]): string => `[${names.map(name => `:${name}`).join(', ')}]`

const text = (value: string): string => JSON.stringify(value).replaceAll('#{', '\\#{')
