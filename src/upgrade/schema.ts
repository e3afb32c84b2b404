import {
  findMigrations,
  rollBackMigrations,
  runMigrations,
  type Speaker,
  tellMigrations,
} from '../commands/schema.js'
import type { Env, Migration } from '../core/env.js'
import {
  GatlingError,
  rollbackLost,
  rollbackSchema,
  schemaMigrationFailed,
  schemaMigrationLate,
  schemaRollbackFailed,
  schemaUnknown,
} from '../core/errors.js'
import type { Command } from '../core/host.js'
import type { Runtime } from '../core/runtime.js'

/** A migration's file in a release: where it is, without what differs from one release to the next. */
export interface MigrationFile {
  /** `shop/priv/repo/migrations`. */
  readonly folder: string
  readonly version: string
  readonly name: string
}

/** A migration, and whether the database has it. */
export interface Told extends Migration, MigrationFile {
  readonly up: boolean
}

/**
 * Runs the pending migrations from the new release, or lists them only.
 * @returns what was run.
 * @throws GatlingError SCHEMA_UNKNOWN, SCHEMA_MIGRATION_FAILED or SCHEMA_MIGRATION_LATE; what was committed stays.
 */
export const migrate = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const { migrate: when, timeout } = env.schema_options
  if (when === 'off') return listPending(env, runtime)
  const pending = await tellPending(env, runtime)
  if (pending.length === 0) {
    runtime.note('nothing to do: no migration is pending')
    return {}
  }
  const run = (speaker: Speaker): Command => runMigrations(speaker, timeout)
  const { failure, done, facts } = await carryOut(run, pending, 'up', newRelease, env, runtime)
  if (failure?.code === 'COMMAND_LATE') throw schemaMigrationLate(facts, timeout / 1_000)
  if (failure !== null) throw schemaMigrationFailed(facts, linesOf(failure))
  if (facts.next) runtime.note(`the app's own migrate/0 left ${facts.next} pending`)
  else runtime.note('done: no migration is pending any more')
  return { migrations: done }
}

/** What is pending, for a plan and for `migrate = "off"`: a database that does not answer changes nothing for them. */
export const listPending = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const failure = await failureOf(tellPending(env, runtime))
  if (failure !== null) runtime.note(failure.message)
  return {}
}

/** What a deploy that fails later cannot take back. */
export const tellWhatStays = async ({ migrations, task }: Env, { note }: Runtime): Promise<void> => {
  if (migrations.length === 0) return
  const what = task === 'rollback' ? 'these migrations stay rolled back' : 'the schema stays as migrated'
  note(`${what}: ${names(migrations).join(', ')}`)
}

/**
 * Refuses to go back behind migrations that are up, unless it was said what becomes of them.
 * @throws GatlingError ROLLBACK_SCHEMA, ROLLBACK_LOST or SCHEMA_UNKNOWN.
 */
export const checkSchema = async (env: Env, runtime: Runtime): Promise<void> => {
  const { before, after, known } = await filesAround(env, runtime)
  const ahead = without(after, before)
  if (ahead.length > 0)
    runtime.note(
      `release ${env.release} brings migrations, which a rollback does not run: ${names(ahead).join(', ')}`,
    )
  const missing = without(known, after)
  if (missing.length === 0) return runtime.note('nothing to do: it has every migration that any release has')
  const { back } = env.schema_options
  if (back === 'keep')
    return runtime.note(
      `the schema stays as it is; release ${env.release} does not have ${names(missing).join(', ')}`,
    )
  const up = await upOf(missing, env, runtime).catch((error: unknown) => {
    // A database that does not answer keeps nobody from going back where the two releases do not differ.
    if (without(before, after).length > 0 || !isUnknown(error)) throw error
    runtime.note(error.message)
    return []
  })
  if (up.length === 0)
    return runtime.note(`nothing to do: none of ${names(missing).join(', ')} is known to be up`)
  if (back === 'refuse') throw rollbackSchema(env, names(up))
  const lost = without(up, before)
  if (lost.length > 0) throw rollbackLost(env, names(lost))
  for (const one of up) runtime.note(`will be rolled back: ${label(one)}`)
}

const isUnknown = (error: unknown): error is GatlingError =>
  error instanceof GatlingError && error.code === schemaUnknown.code

/**
 * Rolls back what the release that serves by now does not have, newest first, from the release that is left.
 * @throws GatlingError SCHEMA_ROLLBACK_FAILED; what was rolled back stays so.
 */
export const rollBackSchema = async (env: Env, runtime: Runtime): Promise<Partial<Env>> => {
  const wanted = env.schema_options.back === 'down' ? await toRollBack(env, runtime) : []
  if (wanted.length === 0) {
    runtime.note('nothing to do')
    return {}
  }
  const { timeout } = env.schema_options
  const run = (speaker: Speaker): Command => rollBackMigrations(speaker, wanted, timeout)
  const { failure, done, facts } = await carryOut(run, wanted, 'down', oldRelease, env, runtime)
  if (failure !== null) throw schemaRollbackFailed(env, facts, linesOf(failure))
  runtime.note('done')
  return { migrations: done }
}

/** Runs what changes the schema, and has the database say what became of it. Somebody who cancels is told what stays. */
const carryOut = async (
  run: (speaker: Speaker) => Command,
  wanted: readonly Told[],
  to: 'up' | 'down',
  release: typeof newRelease,
  env: Env,
  runtime: Runtime,
) => {
  const failure = await failureOf(runtime.host.run(run(await release(env, runtime))))
  const now = await statesOf(env, runtime, release)
  const isDone = (one: Told): boolean =>
    now?.some(other => isSame(one, other) && other.up === (to === 'up')) ?? failure === null
  const done = wanted.filter(isDone).map(({ repo, version, name }) => ({ repo, version, name }))
  const next = wanted.find(one => !isDone(one))
  if (failure?.code === 'CANCELLED') await tellWhatStays({ ...env, migrations: done }, runtime)
  const facts = { done: names(done), next: next && label(next), total: wanted.length, known: now !== null }
  return { failure, done, facts }
}

/** Says what is pending, one line each. No VM is started for an app without migrations. */
const tellPending = async (env: Env, runtime: Runtime): Promise<readonly Told[]> => {
  if ((await filesOf(env.upgrade_dir, runtime)).length === 0) return []
  const pending = (await ask(env, newRelease, runtime)).filter(({ up }) => !up)
  for (const one of pending) runtime.note(`pending: ${label(one)}`)
  return pending
}

/** The migrations of the release that serves before a rollback, of the one after, and of every release that is still here. */
const filesAround = async (env: Env, { host }: Runtime) => {
  const found = (await host.run(findMigrations(env.deploy_dir))).split('\n')
  const under = (folder: string): MigrationFile[] =>
    parseFiles(found.filter(path => path.startsWith(`${folder}/`)).join('\n'))
  return {
    before: under(dirOfLive(env)),
    after: under(env.upgrade_dir),
    known: unique(under(env.deploy_dir)),
  }
}

const toRollBack = async (env: Env, runtime: Runtime): Promise<readonly Told[]> => {
  const { before, after } = await filesAround(env, runtime)
  const missing = without(before, after)
  return missing.length === 0 ? [] : upOf(missing, env, runtime)
}

const unique = (files: readonly MigrationFile[]): MigrationFile[] =>
  files.filter((one, at) => files.findIndex(other => isSame(one, other)) === at)

/** What the first list has and the second has not. */
export const without = <One extends MigrationFile>(
  some: readonly One[],
  others: readonly MigrationFile[],
): One[] => some.filter(one => !others.some(other => isSame(one, other)))

/** Those that are up of these, newest first. Ecto knows no name of one whose file is not in the release that serves. */
const upOf = async (these: readonly MigrationFile[], env: Env, runtime: Runtime): Promise<readonly Told[]> =>
  (await ask(env, oldRelease, runtime))
    .flatMap(one => {
      const known = these.find(other => isSame(one, other))
      return one.up && known ? [{ ...one, name: known.name }] : []
    })
    .reverse()

const filesOf = async (releaseDir: string, { host }: Runtime): Promise<readonly MigrationFile[]> =>
  parseFiles(await host.run(findMigrations(releaseDir)))

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
export const parseTold = (output: string): Told[] =>
  output
    .split('\n')
    .flatMap(line => {
      const [, state, repo, app, folder, version, name] = told.exec(line) ?? []
      return repo && app && folder && version && name !== undefined
        ? [{ up: state === 'up', repo, folder: `${app}/${folder}`, version, name }]
        : []
    })
    .sort(byVersion)

const byVersion = (one: MigrationFile, other: MigrationFile): number =>
  Number(BigInt(one.version) - BigInt(other.version))

/** A renamed migration is still the same to a database. */
const isSame = (one: MigrationFile, other: MigrationFile): boolean =>
  one.version === other.version && one.folder === other.folder

/** @throws GatlingError SCHEMA_UNKNOWN. */
const ask = async (env: Env, release: typeof newRelease, runtime: Runtime): Promise<readonly Told[]> => {
  const speaker = await release(env, runtime)
  try {
    return parseTold(await runtime.host.run(tellMigrations(speaker)))
  } catch (error) {
    if (!(error instanceof GatlingError) || error.code === 'CANCELLED') throw error
    throw schemaUnknown(env, linesOf(error))
  }
}

/** null: it does not say. */
const statesOf = async (
  env: Env,
  runtime: Runtime,
  release: typeof newRelease,
): Promise<readonly Told[] | null> => {
  try {
    return await ask(env, release, runtime)
  } catch {
    return null
  }
}

const newRelease = async (env: Env, { services }: Runtime): Promise<Speaker> => {
  const { project, slot, release, available_port: port } = env
  const variables = await services.variables({ project, slot, release, port })
  return speakerOf(env, env.upgrade_dir, variables)
}

/** The release that serves before this run, with the config values it was started with. */
const oldRelease = async (env: Env, { services }: Runtime): Promise<Speaker> => {
  const { project, live } = env
  if (!live) throw new Error('nothing runs yet')
  const { slot, release, port, config } = live
  return speakerOf(env, dirOfLive(env), await services.variables({ project, slot, release, port, config }))
}

const dirOfLive = ({ deploy_dir, live }: Env): string => `${deploy_dir}/releases/${live?.release}`

/** It must not listen, and is no instance. */
const speakerOf = (
  { release_name: releaseName, own_apps: apps }: Env,
  releaseDir: string,
  {
    PHX_SERVER: _server,
    GATLING_INSTANCE: _instance,
    GATLING_COOKIE: _cookie,
    ...env
  }: Readonly<Record<string, string>>,
): Speaker => ({ releaseDir, releaseName, apps, env })

const label = ({ version, name }: Pick<Migration, 'version' | 'name'>): string => `${version} ${name}`
const names = (some: readonly Pick<Migration, 'version' | 'name'>[]): string[] => some.map(label)

const failureOf = async (work: Promise<unknown>): Promise<GatlingError | null> => {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof GatlingError) return error
    throw error
  }
}

/** Of a command that failed what it wrote, not what it was. */
const linesOf = ({ message }: GatlingError): readonly string[] => {
  const [first = '', ...written] = message.split('\n').map(line => line.trim())
  return written.length > 0 ? written : [first]
}
