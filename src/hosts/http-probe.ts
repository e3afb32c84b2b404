import { get, type IncomingMessage } from 'node:http'
import type { HttpAnswer, HttpProbe } from '../core/host.js'

/** Reads the parts of an answer that matter for a redirect. */
export const answerIn = ({ statusCode = 0, headers }: IncomingMessage): HttpAnswer => ({
  status: statusCode,
  location: headers.location ?? null,
  setsCookie: headers['set-cookie'] !== undefined,
})

/** Sends one GET to a local port with the proxy's headers; null: no answer came in time. It does not read the body. */
export const probe = ({ port, path, hostName, scheme, timeoutMs }: HttpProbe): Promise<HttpAnswer | null> =>
  new Promise(resolve => {
    const headers = {
      host: hostName,
      'user-agent': 'gatling-health',
      connection: 'close',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': scheme,
      'x-forwarded-host': hostName,
      'x-forwarded-port': scheme === 'https' ? '443' : '80',
    }
    const request = get({ host: '127.0.0.1', port, path, headers, agent: false }, response => {
      response.destroy()
      resolve(answerIn(response))
    })
    const timer = setTimeout(() => request.destroy(), timeoutMs)
    request.on('error', () => {})
    request.on('close', () => {
      clearTimeout(timer)
      resolve(null)
    })
  })
