import type { Env } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'

/** Makes the app known to the service manager as its repository describes it now. A rollback has its config values kept. */
export const install = (
  { project, task, release, timing, limits, build_limits }: Env,
  { services }: Runtime,
): Promise<void> =>
  services.install({
    project,
    drainMs: Math.round(timing.drain_timeout),
    limits,
    build: build_limits,
    keep: task === 'rollback' ? null : release,
  })
