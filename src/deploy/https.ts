import type { Env } from '../core/env.js'
import type { EventBody } from '../core/event.js'
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
  const { insistsOnHttps } = await look(env, runtime)
  if (!insistsOnHttps) return
  const insists = `${env.project} sends http to https (force_ssl in config/prod.exs)`
  if (isServerHome(home))
    emit({
      type: 'warning',
      text: `${insists}, and has no certificate: nobody can see it before \`gatling tls enable ${env.project} --email <address>\``,
    })
  else
    emit({
      type: 'note',
      text: `${insists}; embedded mode has no certificates, and tells it that requests came over https`,
    })
}
