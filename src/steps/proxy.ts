import { onLoopback } from '../core/endpoint.js'
import type { Env } from '../core/env.js'
import { liveSite, type Site } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { step } from '../core/step.js'

/** Returns the site of this deploy's version. @param files whether the proxy serves the files itself. */
export const siteOf = (env: Env, files = false): Site => ({
  project: env.project,
  domains: env.domains.split(' ').filter(Boolean),
  own: env.nginx_conf,
  maxBody: env.max_body,
  files,
})

/** Gives the app back the names of the old version, or none if there was no old version. */
export const restore = async (env: Env, { proxy }: Runtime): Promise<void> => {
  if (env.live) await proxy.configure(liveSite(env.project, env.live))
  else await proxy.remove(env.project)
}

export const configureNginx = step({
  name: 'configure_nginx',
  about: 'Makes the app answer on its domains.',
  run: async (env, { proxy }) => {
    await proxy.configure(siteOf(env))
    await proxy.route(env.project, onLoopback(env.available_port))
  },
  undo: restore,
})

export const unconfigureNginx = step({
  name: 'unconfigure_nginx',
  about: "Takes the app's domains from the proxy.",
  run: (env, { proxy }) => proxy.remove(env.project),
})
