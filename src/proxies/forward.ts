import { type Agent, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Endpoint } from '../core/endpoint.js'
import { passedOn } from './hop-by-hop.js'

/** How a request reaches an app. */
export interface Way {
  readonly at: Endpoint
  /** Has connections that are used again; false: the request gets its own connection. */
  readonly agent: Agent | false
  /** Whether the app hears that the visitor uses https. */
  readonly saysHttps: boolean
  /** Whether the visitor asks for a WebSocket. */
  readonly upgrades: boolean
}

/**
 * Sends a request to an app, and the app's answer to the visitor.
 * @param replaces gets the answer, and returns whether it sent another one to the visitor.
 * @returns when the visitor has the answer or a WebSocket, or went away. It rejects if the app fails to answer.
 */
export const forward = (
  request: IncomingMessage,
  response: ServerResponse,
  way: Way,
  replaces: (answer: IncomingMessage) => boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const { method, url = '/' } = request
    const path = url.startsWith('/') ? url : `/${url}`
    const outgoing = ask({ ...way.at, agent: way.agent, method, path, headers: headersFor(request, way) })
    outgoing.on('error', reject)
    const begins = (
      { statusCode = 502, statusMessage, headers }: IncomingMessage,
      more: readonly string[],
    ) => {
      try {
        // Node frames the body again, for the visitor's version of HTTP.
        response.writeHead(statusCode, statusMessage, [...passedOn(headers, ['transfer-encoding']), ...more])
        return true
      } catch (error) {
        // Node refuses to write what HTTP does not allow, like status 99.
        reject(error)
        outgoing.destroy()
        return false
      }
    }
    outgoing.once('response', answer => {
      if (replaces(answer)) return void answer.resume()
      if (!begins(answer, [])) return
      answer.pipe(response)
      answer.once('close', () => {
        if (!answer.complete) response.destroy()
        if (!outgoing.writableFinished) outgoing.destroy()
      })
    })
    if (way.upgrades)
      outgoing.once('upgrade', (answer, app: Socket, first: Buffer) => {
        const visitor = response.socket
        if (!visitor || !begins(answer, toWebSocket)) return void app.destroy()
        response.flushHeaders()
        app.unshift(first)
        connect(app, visitor)
        connect(visitor, app)
        resolve()
      })
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy()
      resolve()
    })
    if (!hasBody(request)) return void outgoing.end()
    request.pipe(outgoing)
    // An app can answer before it has read the body. The rest of it comes before the visitor's next request.
    outgoing.once('close', () => request.resume())
  })

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

const toWebSocket = ['connection', 'Upgrade', 'upgrade', 'websocket']

const headersFor = (request: IncomingMessage, { saysHttps, upgrades }: Way): string[] => {
  const { method = '', headers, socket } = request
  const { host = '' } = headers
  const list = passedOn(headers, saysHttps ? ['x-forwarded-proto'] : [])
  const isMissing = (name: string): boolean => headers[name] === undefined
  // A proxy in front of this one knows better.
  if (isMissing('x-forwarded-for')) list.push('x-forwarded-for', socket.remoteAddress ?? '')
  if (isMissing('x-forwarded-port')) list.push('x-forwarded-port', /:(\d+)$/.exec(host)?.[1] ?? '80')
  if (isMissing('x-forwarded-host')) list.push('x-forwarded-host', host)
  if (saysHttps || isMissing('x-forwarded-proto'))
    list.push('x-forwarded-proto', saysHttps ? 'https' : 'http')
  if (upgrades) list.push(...toWebSocket)
  // Otherwise Node would send the empty body of a POST in chunks.
  else if (isMissing('content-length') && !hasBody(request) && !['GET', 'HEAD'].includes(method))
    list.push('content-length', '0')
  return list
}

/** Sends on what one end of a WebSocket says, and ends the other end with it. */
const connect = (from: Socket, to: Socket): void => {
  from.on('error', () => {})
  from.once('close', () => to.destroySoon())
  from.setKeepAlive(true)
  from.pipe(to)
}
