import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultDomain, parseDomains } from '../config/domains.js'
import { buildEnvironment } from '../config/environment.js'
import { parseSettings } from '../config/settings.js'
import type { SchemaOptions, UpgradeOptions, Way } from '../core/env.js'
import type { Live } from '../core/live.js'
import type { Looks } from '../core/looks.js'
import type { Runtime } from '../core/runtime.js'
import { freeSlot } from '../core/slot.js'
import { runtimeOf } from '../runtimes/runtime.js'
import { allHookNames, stackOfLive } from '../stacks/stacks.js'
import { readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { fileOfRevision } from './file-of-revision.js'

/** Two releases to look at, and how one would replace the other. */
export interface Sight {
  readonly home: string
  readonly project: string
  /** The release that would be replaced. */
  readonly live: Live
  /** The release that would replace it. Both are on disk. */
  readonly release: number
  /** The requested upgrade mode; null: the settings decide. */
  readonly mode: UpgradeOptions['mode'] | null
  /** Whether config values and domains stay as they are. */
  readonly codeOnly: boolean
  readonly schema: SchemaOptions['back']
}

/**
 * Looks at two releases as a rollback between them would, but without a run. It waits for no deploy, and disturbs none.
 * @param see looks at them. Its runtime has separate files, which are removed afterwards.
 */
export const lookAt = async <Seen>(
  sight: Sight,
  see: (looks: Looks, way: Way, runtime: Runtime) => Promise<Seen>,
): Promise<Seen> => {
  const { home, project, live } = sight
  const stack = stackOfLive(home, project, live)
  const { revision } = readManifest(home, project, sight.release)
  const { repository, build: buildDir, cache: cacheDir } = appPaths(home, project)
  const settings = parseSettings(
    (await fileOfRevision(repository, revision, 'gatling.toml')) ?? '',
    allHookNames,
  )
  const { signal } = new AbortController()
  const scratch = mkdtempSync(join(tmpdir(), 'gatling-look-'))
  try {
    const place = { home, project, buildDir, cacheDir, signal, settings, scratch }
    const { environment } = stack.tools({ ...place, environment: buildEnvironment(process.env, {}) })
    const said = { steps: [], emit: () => {}, signal, offline: false }
    const runtime = runtimeOf({ home, project, environment, ...said })
    return await see(stack.looks, wayOf(sight, settings), stack.equip(runtime, { ...place, environment }))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const wayOf = (
  { home, project, live, release, mode, codeOnly, schema: back }: Sight,
  { upgrade, migrate, migrate_timeout: timeout }: ReturnType<typeof parseSettings>,
): Way => {
  const { deploy, releases } = appPaths(home, project)
  const { revision, release_name, own_apps } = readManifest(home, project, release)
  return {
    task: 'rollback',
    project,
    slot: freeSlot(live),
    release,
    revision,
    release_name,
    own_apps,
    deploy_dir: deploy,
    upgrade_dir: join(releases, String(release)),
    live,
    available_port: live.port,
    config_release: codeOnly ? live.config : release,
    schema_options: { migrate, timeout, back },
    upgrade_options: { ...upgrade, mode: mode ?? upgrade.mode },
  }
}

/** Returns the names that an app answers on with this revision. @throws GatlingError DOMAINS_INVALID. */
export const domainsAt = async (
  home: string,
  project: string,
  revision: string,
): Promise<readonly string[]> => {
  const names = parseDomains(
    (await fileOfRevision(appPaths(home, project).repository, revision, 'domains')) ?? '',
  )
  return names.length > 0 ? names : [defaultDomain(project)]
}
