import type { Env } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'
import { definitionOf } from '../core/service-manager.js'

/** Makes the app known to the service manager as its repository describes it now. */
export const install = (env: Env, { services }: Runtime): Promise<void> =>
  services.install({
    project: env.project,
    drainMs: Math.round(env.timing.drain_timeout),
    limits: env.limits,
    build: env.build_limits,
  })

/** Makes the app known again as the live version describes it. */
export const reinstall = async ({ project, live }: Env, { services }: Runtime): Promise<void> => {
  if (live) await services.install(definitionOf(project, live))
}
