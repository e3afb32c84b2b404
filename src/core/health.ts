import type { Host, HttpAnswer, HttpProbe } from './host.js'

export interface Health {
  readonly healthy: boolean
  readonly finding: string
  /** null: there was no answer. */
  readonly status: number | null
  /** The app redirects http to https of the same page, as `force_ssl` does, and answers there. */
  readonly forcesHttps: boolean
}

/**
 * Asks an instance as the proxy would: over https if the app has a certificate, otherwise over http. A redirect to
 * https of the same page says nothing about the page, so Gatling then asks for it over https.
 */
export const healthOf = async (ask: Host['probe'], request: HttpProbe): Promise<Health> => {
  const answer = await ask(request)
  if (answer === null) return unhealthy('it closed the connection, or did not answer in time')
  if (!isSentToHttps(answer, request)) return judged(answer)
  if (request.scheme === 'http') {
    const overHttps = await healthOf(ask, { ...request, scheme: 'https' })
    return { ...overHttps, forcesHttps: overHttps.healthy }
  }
  return {
    ...unhealthy(`it redirects https://${request.hostName}${request.path} to itself; ${rewriteOn}`),
    status: answer.status,
  }
}

/** Returns the host name and scheme with which the proxy asks for an app at a URL. */
export const asksFor = (url: string): Pick<HttpProbe, 'hostName' | 'scheme'> => {
  const { hostname, protocol } = new URL(url)
  return { hostName: hostname, scheme: protocol === 'https:' ? 'https' : 'http' }
}

export const unhealthy = (finding: string): Health => ({
  healthy: false,
  finding,
  status: null,
  forcesHttps: false,
})

/** Plug.SSL, `:rewrite_on`. */
const rewriteOn = 'in config/prod.exs, force_ssl needs rewrite_on: [:x_forwarded_proto]'

const judged = ({ status }: HttpAnswer): Health => ({
  healthy: status < 500,
  finding: `it answered with status ${status}`,
  status,
  forcesHttps: false,
})

/** Tells whether an answer redirects to https of the requested page. A redirect that sets a cookie is the app's own. */
export const isSentToHttps = (
  answer: HttpAnswer,
  { hostName, path }: Pick<HttpProbe, 'hostName' | 'path'>,
): boolean => {
  const { status, location, setsCookie } = answer
  if (status < 300 || status > 399 || setsCookie || location === null || !URL.canParse(location)) return false
  return new URL(location).href === new URL(path, `https://${hostName}`).href
}
