import { join } from 'node:path'
import { defaultDomain, parseDomains } from '../config/domains.js'
import { parseSettings, type Settings } from '../config/settings.js'
import type { Env, SchemaOptions, Task, UpgradeOptions } from '../core/env.js'
import type { Limits } from '../core/limits.js'
import type { Live } from '../core/live.js'
import { freeSlot } from '../core/slot.js'
import type { Facts } from '../core/stack.js'
import { callbackModule } from '../hooks/files.js'
import { readRepositoryFile } from '../hosts/repository-file.js'
import { siteLink, siteText, unitText } from '../runtimes/definitions.js'
import { allHookNames } from '../stacks/stacks.js'
import { listReleases } from '../state/apps.js'
import { nodeNameHere } from '../state/cluster.js'
import { appPaths, homePaths } from '../state/paths.js'
import { publicUrl } from '../state/serving.js'

export interface EnvFacts {
  readonly home: string
  readonly project: string
  readonly task: Task
  readonly release: number
  readonly revision: string
  readonly subject: string
  readonly branch: string
  readonly pusher: string
  /** The mode that the user requested; null: the settings decide. */
  readonly mode: UpgradeOptions['mode'] | null
  readonly live: Live | null
  /** Whether to change only the code, and to keep everything else as it is. */
  readonly codeOnly: boolean
  /** What a rollback does about migrations that the older release does not have. */
  readonly schema: SchemaOptions['back']
  readonly port: number
  /** Whether the proxy serves the app's files, and no process of it answers. */
  readonly files: boolean
  /** What the app says about itself. */
  readonly app: Facts
  readonly settings: Settings
}

/** Reads gatling.toml of a checkout. @throws GatlingError SETTINGS_INVALID. */
export const readSettings = (buildDir: string): Settings =>
  parseSettings(readRepositoryFile(buildDir, 'gatling.toml') ?? '', allHookNames)

/** Puts together all that is known about a deploy. @throws GatlingError for a mistake in the repository. */
export const createEnv = (facts: EnvFacts): Env => {
  const { home, project, live, settings } = facts
  const app = appPaths(home, project)
  const { services, sites } = homePaths(home)
  const kept = facts.codeOnly ? live : null
  const given = facts.task === 'unload' ? orElse : orThrow
  const domains = kept
    ? [...kept.domains]
    : given(() => domainsOf(app.build, project), [defaultDomain(project)])
  const slot = freeSlot(live)
  const nginxConf = kept ? kept.nginx_conf : given(() => readRepositoryFile(app.build, 'nginx.conf'), null)
  const definition = {
    project,
    drainMs: settings.drain.timeout,
    limits: settings.limits,
    build: limitsIn(settings.build),
  }
  const releaseDir = join(app.releases, String(facts.release))
  return {
    available_port: facts.port,
    get available_tasks() {
      return facts.app.available_tasks
    },
    build_dir: app.build,
    built_release_path: facts.app.built_release_path,
    deploy_callback_module: given(() => callbackModule(app.build, 'deploy'), null),
    deploy_dir: app.deploy,
    deploy_path: releaseDir,
    domains: domains.join(' '),
    etc_dir: services,
    etc_path: app.service,
    git_hook_path: app.gitHook,
    nginx_available_path: app.site,
    nginx_dir: sites,
    nginx_enabled_path: siteLink(home, project),
    nginx_template: siteText(home, {
      project,
      domains,
      own: nginxConf,
      maxBody: settings.nginx.max_body,
      files: facts.files,
    }),
    project,
    release_config_path: join(app.build, 'rel'),
    releases: listReleases(home, project).map(String),
    script_template: unitText(home, definition),
    upgrade_callback_module: given(() => callbackModule(app.build, 'upgrade'), null),
    upgrade_dir: releaseDir,
    upgrade_path: releaseDir,
    failed_dir: join(app.failed, String(facts.release)),
    version: facts.app.version,
    task: facts.task,
    release: facts.release,
    mix_releases: facts.app.mix_releases,
    own_apps: facts.app.own_apps,
    release_name: facts.app.release_name,
    revision: facts.revision,
    previous_revision: live?.revision ?? null,
    branch: facts.branch,
    mode: live ? 'auto' : 'start',
    pusher: facts.pusher,
    subject: facts.subject,
    slot,
    node_name: nodeNameHere(home, project, slot),
    url: publicUrl(home, project, domains),
    live,
    timing: {
      health_path: settings.health.path,
      health_timeout: settings.health.timeout,
      watch: settings.health.watch,
      drain_timeout: settings.drain.timeout,
      errors: settings.health.errors,
      slower: settings.health.slower,
    },
    config_release: kept?.config ?? facts.release,
    cluster_mixed: settings.cluster.mixed,
    limits: settings.limits,
    build_limits: limitsIn(settings.build),
    nginx_conf: nginxConf,
    max_body: kept?.max_body ?? settings.nginx.max_body,
    public_dir: app.public,
    schema_options: {
      migrate: settings.migrate,
      timeout: settings.migrate_timeout,
      back: facts.schema,
    },
    migrations: [],
    schema_changed_at: null,
    outcome: null,
    error: null,
    upgrade_options: { ...settings.upgrade, mode: facts.mode ?? settings.upgrade.mode },
  }
}

/** Falls back to a value. A mistake in the repository stops a deploy, but must not stop an unload. */
const orElse = <Value>(look: () => Value, otherwise: Value): Value => {
  try {
    return look()
  } catch {
    return otherwise
  }
}
const orThrow = <Value>(look: () => Value): Value => look()

const limitsIn = ({ memory, cpu, tasks }: Limits): Limits => ({ memory, cpu, tasks })

const domainsOf = (buildDir: string, project: string): string[] => {
  const domains = parseDomains(readRepositoryFile(buildDir, 'domains') ?? '')
  return domains.length > 0 ? domains : [defaultDomain(project)]
}
