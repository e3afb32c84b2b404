import * as v from 'valibot'
import { type Env, modes } from '../core/env.js'
import { liveSchema } from '../state/apps.js'
import { limitsSchema } from '../state/limits.js'

const text = v.string()
const texts = v.array(text)
const number = v.number()
const slot = v.picklist(['a', 'b'])

/** The schema of an env that went from the lead to another machine. */
export const envSchema: v.GenericSchema<unknown, Env> = v.object({
  available_port: number,
  available_tasks: texts,
  build_dir: text,
  built_release_path: text,
  deploy_callback_module: v.nullable(text),
  deploy_dir: text,
  deploy_path: text,
  domains: text,
  etc_dir: text,
  etc_path: text,
  git_hook_path: text,
  nginx_available_path: text,
  nginx_dir: text,
  nginx_enabled_path: text,
  nginx_template: text,
  project: text,
  release_config_path: text,
  releases: texts,
  script_template: text,
  upgrade_callback_module: v.nullable(text),
  upgrade_dir: text,
  upgrade_path: text,
  failed_dir: text,
  version: text,
  task: v.picklist(['deploy', 'upgrade', 'rollback', 'plan', 'unload']),
  release: number,
  mix_releases: texts,
  own_apps: texts,
  release_name: text,
  revision: text,
  previous_revision: v.nullable(text),
  branch: text,
  mode: v.picklist(modes),
  pusher: text,
  subject: text,
  slot,
  node_name: text,
  url: text,
  live: v.nullable(liveSchema),
  timing: v.object({
    health_path: text,
    health_timeout: number,
    watch: number,
    drain_timeout: number,
    errors: number,
    slower: number,
  }),
  upgrade_options: v.object({
    mode: v.picklist(['auto', 'hot', 'swap']),
    max_hot_generations: number,
    stop_first: v.boolean(),
    dependencies: v.picklist(['swap', 'hot']),
    watch: number,
    refresh_views: v.boolean(),
  }),
  schema_options: v.object({
    migrate: v.picklist(['auto', 'off', 'after']),
    timeout: number,
    back: v.picklist(['refuse', 'keep', 'down', 'restored']),
  }),
  migrations: v.array(v.object({ repo: text, version: text, name: text })),
  schema_changed_at: v.nullable(number),
  config_release: number,
  cluster_mixed: v.boolean(),
  limits: limitsSchema,
  build_limits: limitsSchema,
  nginx_conf: v.nullable(text),
  max_body: text,
  public_dir: v.nullable(text),
  outcome: v.nullable(v.picklist(['ok', 'failed', 'cancelled'])),
  error: v.nullable(v.object({ code: text, message: text, hint: text, step: v.nullable(text) })),
})
