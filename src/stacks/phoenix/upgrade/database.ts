import { onLoopback } from '../../../core/endpoint.js'
import type { Migration, Way } from '../../../core/env.js'
import { GatlingError } from '../../../core/error.js'
import { failureOf } from '../../../core/failure.js'
import type { Command } from '../../../core/host.js'
import type { Runtime } from '../../../core/runtime.js'
import { findMigrations, type Speaker, tellMigrations } from '../commands/schema.js'
import {
  label,
  type MigrationFile,
  names,
  parseFiles,
  parseReported,
  type ReportedMigration,
  unique,
} from './migrations.js'
import { schemaUnknown } from './schema-errors.js'

/** Chooses the release that reports migrations and runs them. */
export type SpeakerOf = (env: Way, runtime: Runtime) => Promise<Speaker>

/** Returns the release that this run goes to, with the config values it gets. */
export const newRelease: SpeakerOf = async (env, { services }) => {
  const { project, slot, release, available_port: port, config_release: config } = env
  const processes = { web: onLoopback(port) }
  const variables = await services.variables({ project, slot, release, processes, config })
  return speakerOf(env, env.upgrade_dir, variables)
}

/** Returns the live release, with the config values it was started with. */
export const oldRelease: SpeakerOf = async (env, { services }) => {
  const { project, live } = env
  if (!live) throw new Error('nothing runs yet')
  const { slot, release, port, config } = live
  const processes = { web: onLoopback(port) }
  const variables = await services.variables({ project, slot, release, processes, config })
  return speakerOf(env, dirOfLive(env), variables)
}

const dirOfLive = ({ deploy_dir, live }: Way): string => `${deploy_dir}/releases/${live?.release}`

/** Removes the variables that would make the release listen, or count as an instance. */
const speakerOf = (
  { release_name: releaseName, own_apps: apps }: Way,
  releaseDir: string,
  {
    PHX_SERVER: _server,
    GATLING_INSTANCE: _instance,
    GATLING_COOKIE: _cookie,
    ...env
  }: Readonly<Record<string, string>>,
): Speaker => ({ releaseDir, releaseName, apps, env })

/**
 * Asks a release which of its migrations were applied.
 * @param back versions of migrations. If one was applied, the release also says whether it can be rolled back.
 * @throws GatlingError SCHEMA_UNKNOWN.
 */
export const ask = async (
  env: Way,
  release: SpeakerOf,
  runtime: Runtime,
  back: readonly MigrationFile[] = [],
): Promise<readonly ReportedMigration[]> => {
  const speaker = await release(env, runtime)
  const versions = back.map(({ version }) => version)
  try {
    return parseReported(await runtime.host.run(tellMigrations(speaker, versions)))
  } catch (error) {
    if (!(error instanceof GatlingError) || error.code === 'CANCELLED') throw error
    throw schemaUnknown(env, linesOf(error))
  }
}

/** Asks a release which of its migrations are up; null: the database does not say. */
export const statesOf = async (
  env: Way,
  release: SpeakerOf,
  runtime: Runtime,
): Promise<readonly ReportedMigration[] | null> => {
  try {
    return await ask(env, release, runtime)
  } catch {
    return null
  }
}

export const isUnknown = (error: unknown): error is GatlingError =>
  error instanceof GatlingError && error.code === schemaUnknown.code

export const filesOf = async (releaseDir: string, { host }: Runtime): Promise<readonly MigrationFile[]> =>
  parseFiles(await host.run(findMigrations(releaseDir)))

/** Returns the migrations of the live release, of the target of a rollback, and of every release on disk. */
export const filesAround = async (env: Way, { host }: Runtime) => {
  const found = (await host.run(findMigrations(env.deploy_dir))).split('\n')
  const under = (folder: string): MigrationFile[] =>
    parseFiles(found.filter(path => path.startsWith(`${folder}/`)).join('\n'))
  return {
    before: under(dirOfLive(env)),
    after: under(env.upgrade_dir),
    known: unique(under(env.deploy_dir)),
  }
}

/** A change of a schema. */
export interface Change {
  readonly wanted: readonly Migration[]
  readonly to: 'up' | 'down'
  readonly release: SpeakerOf
  readonly command: (speaker: Speaker) => Command
}

/** Changes the schema. If the result is not certain, it asks the database. */
export const change = async ({ wanted, to, release, command }: Change, env: Way, runtime: Runtime) => {
  const since = Date.now()
  const failure = await failureOf(runtime.host.run(command(await release(env, runtime))))
  // An app's own migrate/0 can leave some out. Migrations that are named one by one are done, or one has failed.
  const isCertain = failure === null && to === 'down'
  const now = isCertain ? null : await statesOf(env, release, runtime)
  const isDone = ({ repo, version }: Migration): boolean =>
    now?.some(other => other.repo === repo && other.version === version && other.up === (to === 'up')) ??
    failure === null
  const done = wanted.filter(isDone).map(({ repo, version, name }) => ({ repo, version, name }))
  const next = wanted.find(one => !isDone(one))
  const known = isCertain || now !== null
  const facts = { done: names(done), next: next && label(next), total: wanted.length, known }
  return { failure, done, facts, since }
}

/** Returns the output of a failed command, or the message if there was no output. */
export const linesOf = ({ message, output }: GatlingError): readonly string[] =>
  output.length > 0 ? output : [message]
