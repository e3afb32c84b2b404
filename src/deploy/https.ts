import type { Env } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import { isLocalName } from '../core/local-name.js'
import type { Runtime } from '../core/runtime.js'
import { isServerHome } from '../state/server.js'
import { look } from '../upgrade/start.js'

/** Warns about an app that redirects http to https but has no certificate: what its visitors see, and what to do. */
export const warnAboutHttps = async (
  home: string,
  env: Env,
  runtime: Runtime,
  emit: (event: EventBody) => void,
): Promise<void> => {
  // The app's own nginx.conf can have a certificate that Gatling does not know.
  if (env.url.startsWith('https:') || env.nginx_conf !== null) return
  // The release is live by now. If it does not answer, the deploy goes on without a warning.
  const health = await look(env, runtime).catch(() => null)
  if (health?.forcesHttps) emit(warning(home, env))
}

const warning = (home: string, { project, url }: Env): EventBody => {
  const redirects = `${project} sends http to https (force_ssl in config/prod.exs)`
  const unseen = 'has no certificate, so nobody can see it'
  if (isServerHome(home)) {
    const enable = `gatling tls enable ${project} --email <address>`
    return { type: 'warning', text: `${redirects}, but ${unseen}. Run \`${enable}\`` }
  }
  if (!isLocalName(new URL(url).hostname)) return { type: 'warning', text: `${redirects}, but ${unseen}` }
  return { type: 'note', text: `${redirects}; embedded mode tells the app that requests came over https` }
}
