import type { Env } from '../core/env.js'
import type { EventBody } from '../core/event.js'
import { isLocalName } from '../core/local-name.js'
import type { Runtime } from '../core/runtime.js'
import { isServerHome } from '../state/server.js'
import { look } from '../upgrade/start.js'

/** Says of an app that sends http to https, without a certificate, what its visitors see, and what to do. */
export const tellOfHttps = async (
  home: string,
  env: Env,
  runtime: Runtime,
  emit: (event: EventBody) => void,
): Promise<void> => {
  // Its own nginx.conf may have a certificate that Gatling knows nothing of.
  if (env.url.startsWith('https:') || env.nginx_conf !== null) return
  // The release is live by now: where it cannot be asked, nothing is told, and the deploy goes on.
  const health = await look(env, runtime).catch(() => null)
  if (health?.forcesHttps) emit(told(home, env))
}

const told = (home: string, { project, url }: Env): EventBody => {
  const insists = `${project} sends http to https (force_ssl in config/prod.exs)`
  const unseen = 'has no certificate, so nobody can see it'
  if (isServerHome(home)) {
    const enable = `gatling tls enable ${project} --email <address>`
    return { type: 'warning', text: `${insists}, but ${unseen}. Run \`${enable}\`` }
  }
  if (!isLocalName(new URL(url).hostname)) return { type: 'warning', text: `${insists}, but ${unseen}` }
  return { type: 'note', text: `${insists}; embedded mode tells the app that requests came over https` }
}
