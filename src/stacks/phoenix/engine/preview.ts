import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Host } from '../../../core/host.js'
import type { ServiceManager } from '../../../core/service-manager.js'
import { elixirCharlist, evaluate } from '../commands/erlang.js'
import type { Change, Preview } from '../upgrade/engine.js'
import { answerIn, reasonOf } from './answer.js'

interface Places {
  readonly host: Host
  readonly services: ServiceManager
  /** The folder of the compiled engine. */
  readonly engine: string
  readonly work: string
}

/**
 * Works out, in a new VM, the configuration of a release and the children it would start, and how both differ from the
 * running release.
 */
export const preview = async (
  { host, services, engine, work }: Places,
  change: Change,
): Promise<Preview | { failed: string }> => {
  const [before, after] = [
    await previewPath(services, engine, change, change.from),
    await previewPath(services, engine, change, change.to),
  ]
  const environment = previewEnvironment(await services.environment(change.project, change.slot), work)
  const look = async (release: string, file: string, other: string | null): Promise<unknown> =>
    answerIn(
      await host.run(
        evaluate(
          release,
          change.releaseName,
          previewExpression(engine, change.own, file, other),
          environment,
        ),
      ),
    )
  try {
    if (!existsSync(before)) await look(change.from, before, null)
  } catch (error) {
    return { failed: `the release that runs cannot be looked into: ${reasonOf(error)}` }
  }
  try {
    return v.parse(previewSchema, await look(change.to, after, before)) satisfies Preview
  } catch (error) {
    return { failed: `the new release cannot be looked into: ${reasonOf(error)}` }
  }
}

/** Makes the environment of a preview. It is that of the running instance, so the configuration has the same values. */
const previewEnvironment = (
  running: Readonly<Record<string, string>>,
  work: string,
): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(running).filter(
      ([name]) => !/^(RELEASE_.*|ERL_.*|GATLING_.*|BINDIR|ROOTDIR|EMU|PROGNAME)$/.test(name),
    ),
  ),
  RELEASE_TMP: work,
  RELEASE_DISTRIBUTION: 'none',
  ERL_CRASH_DUMP_BYTES: '0',
})

/**
 * Returns the file of a preview. It stays beside its release for the next upgrade. Another environment or engine needs
 * another preview.
 */
export const previewPath = async (
  services: ServiceManager,
  engine: string,
  change: Change,
  release: string,
): Promise<string> => {
  const environment = previewEnvironment(await services.environment(change.project, change.slot), '')
  const key = createHash('sha256')
    .update(JSON.stringify([engine, environment, change.own]))
    .digest('hex')
    .slice(0, 16)
  return join(realpathSync(release), `gatling-preview-${key}`)
}

const previewExpression = (
  folder: string,
  own: readonly string[],
  file: string,
  other: string | null,
): string =>
  [
    `for module <- [${inPreview.map(name => `:${name}`).join(', ')}], do: {:module, _} = :code.load_abs(${elixirCharlist(`${folder}/`)} ++ :erlang.atom_to_list(module))`,
    `:gatling_preview.main([${own.map(name => `:${name}`).join(', ')}], ${elixirCharlist(file)}, ${other === null ? ':none' : elixirCharlist(other)})`,
  ].join('; ')

const inPreview = [
  'gatling_json',
  'gatling_file',
  'gatling_release',
  'gatling_code',
  'gatling_reach',
  'gatling_tree',
  'gatling_preview',
]

const texts = v.array(v.string())
const previewSchema = v.object({
  config: v.array(v.object({ app: v.string(), key: v.string() })),
  supervisors: v.array(
    v.object({
      path: v.string(),
      module: v.string(),
      added: texts,
      modules: texts,
      closures: texts,
      removed: texts,
      changed: texts,
      flags: v.boolean(),
    }),
  ),
  known: texts,
  unknown: texts,
})
