import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Endpoint } from '../core/endpoint.js'
import { isSentToHttps } from '../core/health.js'
import { isLocalName } from '../core/local-name.js'
import { probe } from '../hosts/http-probe.js'
import type { Upstream } from './upstream.js'

/**
 * Sends `X-Forwarded-Proto: https` to an app that forces https. This machine's own names have no certificate, so the
 * app's redirect would lead to an address where nobody answers. Browsers trust these names over http, too (W3C Secure
 * Contexts).
 * @returns whether the header was sent.
 */
export const sayHttps = (request: IncomingMessage, hostName: string, { forcesHttps }: Upstream): boolean => {
  if (!forcesHttps || !isLocalName(hostName)) return false
  request.headers['x-forwarded-proto'] = 'https'
  return true
}

/** Asks an app whether it forces https; null: it did not answer. An app without a local name never gets that header. */
export const isForcingHttps = async (
  { port }: Endpoint,
  names: readonly string[] = [],
): Promise<boolean | null> => {
  const hostName = names.find(name => isLocalName(name) && !name.startsWith('*'))
  if (hostName === undefined) return false
  const request = { port, path: '/', hostName, scheme: 'http', timeoutMs: forcesTimeoutMs } as const
  const answer = await probe(request)
  return answer && isSentToHttps(answer, request)
}

/** How long that question may take, in ms. A switch or a WebSocket waits for it. */
const forcesTimeoutMs = 1_000

/** Makes the browser send a request again, with the same method and body (status 307). */
export const sendAgain = ({ headers, url }: IncomingMessage, response: ServerResponse): void => {
  const location = `http://${headers.host}${url}`
  response.writeHead(307, { location, 'cache-control': 'no-store', 'content-length': 0 }).end()
}
