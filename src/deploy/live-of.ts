import type { Env } from '../core/env.js'
import type { Live } from '../core/live.js'
import type { Stack } from '../core/stack.js'

/** Returns the live version that a deploy makes. @param configBack the rollback that brought config values back; 0: none. */
export const liveOf = (env: Env, configBack: number, { processes }: Pick<Stack, 'processes'>): Live => ({
  release: env.release,
  revision: env.revision,
  version: env.version,
  slot: env.slot,
  port: env.available_port,
  processes,
  domains: env.domains.split(' '),
  nginx_conf: env.nginx_conf,
  config: env.config_release,
  config_back: configBack,
  drain_timeout: Math.round(env.timing.drain_timeout),
  limits: env.limits,
  build_limits: env.build_limits,
  max_body: env.max_body,
  since: new Date().toISOString(),
})
