import { createServer, type IncomingMessage, validateHeaderValue } from 'node:http'
import type { Server, Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { overlapOf } from '../config/domains.js'
import { isFiles, isSameEndpoint } from '../core/endpoint.js'
import { isSentToHttps } from '../core/health.js'
import { isLocalName } from '../core/local-name.js'
import type { ReverseProxy, Site } from '../core/proxy.js'
import { answerIn } from '../hosts/http-probe.js'
import { createAnswerCounts } from './answer-counts.js'
import { addressInUse, domainTaken } from './errors.js'
import { type Answerer, filesIn, type OwnPage } from './files.js'
import { isForcingHttps, sayHttps, sendAgain } from './force-https.js'
import { endHopByHop } from './hop-by-hop.js'
import { nameIn, projectOf } from './host-names.js'
import { type Measured, MeasuredResponse, measureSocket } from './measure.js'
import { page } from './pages.js'
import { idle, keyOf, leave, newUpstream, type Upstream } from './upstream.js'

export interface EmbeddedProxyOptions {
  /** Sites from an earlier start of embedded mode. */
  readonly sites: readonly Site[]
  readonly save: (site: Site) => void
  readonly forget: (project: string) => void
  /** The folder of an app without processes, which holds its files. */
  readonly filesOf: (project: string) => string
  /** Gets the measurements of each answer to an app's visitor. */
  readonly answered?: (project: string, measured: Measured) => void
  /** Gatling's own page, under a name that no app has. */
  readonly own?: OwnPage | undefined
}

export interface EmbeddedProxy extends ReverseProxy {
  /** Begins to listen. @returns the port. @throws GatlingError ADDRESS_IN_USE. */
  listen(host: string, port: number): Promise<number>
  close(): Promise<void>
}

/** Says where a request was sent, and what came back. */
interface Sent {
  readonly to: Upstream
  readonly hostName: string
  readonly saidHttps: boolean
  hasAnswer: boolean
}

/** Sends HTTP requests and WebSockets to apps by their Host header. */
export const createEmbeddedProxy = async ({
  sites,
  save,
  forget,
  filesOf,
  answered = () => {},
  own,
}: EmbeddedProxyOptions): Promise<EmbeddedProxy> => {
  // It is imported only here, because otherwise every command would load it, and HTTP/2 with it.
  const { createProxyServer } = await import('httpxy')
  const domains = new Map<string, readonly string[]>(sites.map(site => [site.project, site.domains]))
  const upstreams = new Map<string, Upstream>()
  const retired = new Map<string, Upstream>()
  /** The answerers of apps without processes. */
  const folders = new Map<string, Answerer>()
  const counts = createAnswerCounts()
  const forwarder = createProxyServer({ xfwd: true })
  /** What is known of each request. Before the answer comes, the app can be switched, or turn out to force https. */
  const sent = new WeakMap<IncomingMessage, Sent>()
  // Nobody asked for another protocol, so the answer never comes.
  forwarder.on('proxyReq', asked => {
    asked.once('upgrade', (_, socket) => {
      socket.destroy()
      asked.emit('error', new Error('the app changed the protocol'))
    })
  })
  forwarder.on('proxyRes', (answer, request, response) => {
    const way = sent.get(request)
    if (way) way.hasAnswer = true
    if (!canBeSentOn(answer)) {
      answer.destroy()
      return page(response, 502, 'The app gave an answer that HTTP does not allow.')
    }
    endHopByHop(answer.headers)
    // The client and this proxy decide whether the client's connection stays open.
    answer.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close'
    if (!way || way.saidHttps || !isLocalName(way.hostName)) return
    if (!isSentToHttps(answerIn(answer), { hostName: way.hostName, path: request.url ?? '/' })) return
    way.to.forcesHttps = true
    // Its connection is free again only after it was read.
    answer.resume()
    sendAgain(request, response)
  })

  const forward = async (request: IncomingMessage, response: MeasuredResponse): Promise<void> => {
    const name = hostNameOf(request)
    const project = projectOf(name, domains)
    if (project === null && own?.name === name) return own.answer(request, response)
    if (project === null)
      return page(response, 404, `No app answers to ${request.headers.host ?? 'this name'}.`)
    response.once('close', () => answered(project, response.measured))
    endHopByHop(request.headers)
    const again = canBeSentAgain(request)
    // The upstream is looked up for each attempt, because the app can have been switched meanwhile.
    for (let attempt = 1; ; attempt++) {
      const folder = folders.get(project)
      if (folder) return folder(request, response)
      const upstream = upstreams.get(project)
      if (!upstream) return page(response, 503, `${project} is not running.`)
      const way = {
        to: upstream,
        hostName: name,
        saidHttps: sayHttps(request, name, upstream),
        hasAnswer: false,
      }
      sent.set(request, way)
      upstream.underWay++
      try {
        await forwarder.web(request, response, {
          target: upstream.url,
          // A reused connection can close at any time. So a second try, or a request without one, gets a new connection.
          agent: again && attempt === 1 ? upstream.agent : false,
          // A request that was read once cannot be piped again. A request without a body is sent with an empty one.
          ...(again ? { buffer: Readable.from([]) } : {}),
        })
        if (response.headersSent) counts.count(keyOf(project, upstream.at), response.statusCode, response.ms)
        return
      } catch {
        if (response.destroyed || request.socket.destroyed) return
        // The app can have begun an answer that breaks off before any of it was sent on.
        if (response.headersSent || way.hasAnswer) return void response.destroy()
        if (!again || attempt >= attempts) {
          counts.count(keyOf(project, upstream.at), 502, response.ms)
          return page(response, 502, `${project} did not answer.`)
        }
        await new Promise(resolve => setTimeout(resolve, attempt * retryPauseMs))
      } finally {
        leave(upstream)
      }
    }
  }

  const openWebSocket = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    const name = hostNameOf(request)
    const project = projectOf(name, domains)
    const upstream = project === null ? undefined : upstreams.get(project)
    if (project === null || !upstream)
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    measureSocket(socket, measured => answered(project, measured))
    // A redirected WebSocket has no second try.
    upstream.forcesHttps ??= await isForcingHttps(upstream.at, domains.get(project))
    // The visitor can have left during this question.
    if (socket.destroyed) return
    const { upgrade: to } = request.headers
    endHopByHop(request.headers)
    Object.assign(request.headers, { connection: 'Upgrade', upgrade: to })
    sayHttps(request, name, upstream)
    await forwarder.ws(request, socket, { target: upstream.url }, head)
  }

  const server = createServer({ ServerResponse: MeasuredResponse }, (request, response) => {
    forward(request, response).catch(() => response.destroy())
  })
  const webSockets = new Set<Duplex>()
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket
    webSockets.add(socket)
    socket.once('close', () => webSockets.delete(socket))
    socket.on('error', () => socket.destroy())
    openWebSocket(request, socket, head).catch(() => socket.destroy())
  })
  // Keep-alive clients decide when an idle connection ends. If the server ends it first, their next request is reset.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0

  const retire = (project: string): void => {
    const upstream = upstreams.get(project)
    if (!upstream) return
    upstreams.delete(project)
    retired.set(keyOf(project, upstream.at), upstream)
  }

  return {
    configure: async site => {
      for (const [owner, names] of domains) {
        const taken = owner === site.project ? null : overlapOf(site.domains, names)
        if (taken) throw domainTaken(taken.name, owner, taken.other)
      }
      save(site)
      domains.set(site.project, site.domains)
    },
    route: async (project, backend) => {
      if (isFiles(backend)) {
        retire(project)
        folders.set(project, filesIn(filesOf(project), backend.files))
        return
      }
      folders.delete(project)
      const before = upstreams.get(project)
      if (before && isSameEndpoint(before.at, backend)) return
      const next = retired.get(keyOf(project, backend)) ?? newUpstream(backend)
      if (before?.forcesHttps) next.forcesHttps = await isForcingHttps(backend, domains.get(project))
      retire(project)
      retired.delete(keyOf(project, backend))
      upstreams.set(project, next)
    },
    drained: async (project, backend, timeoutMs) => {
      if (isFiles(backend)) return 0
      const upstream = retired.get(keyOf(project, backend))
      if (!upstream) return 0
      await idle(upstream, timeoutMs)
      retired.delete(keyOf(project, backend))
      // Running requests keep their connections. The last request closes them.
      if (upstream.underWay === 0) upstream.agent.destroy()
      else upstream.idle.add(() => upstream.agent.destroy())
      return upstream.underWay
    },
    answers: async (project, backend, from, to) =>
      isFiles(backend) ? { requests: 0, errors: 0 } : counts.within(keyOf(project, backend), from, to),
    remove: async project => {
      forget(project)
      domains.delete(project)
      folders.delete(project)
      retire(project)
    },
    listen: (host, port) => listen(server, host, port),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of webSockets) socket.destroy()
      }),
  }
}

/** Tells whether an answer can be sent on. Node throws for a first line that HTTP does not allow, like status 99. */
const canBeSentOn = ({ statusCode = 0, statusMessage = '' }: IncomingMessage): boolean => {
  try {
    validateHeaderValue('status', statusMessage)
    return statusCode >= 200
  } catch {
    return false
  }
}

const attempts = 4
const retryPauseMs = 25

/**
 * Tells whether a lost request can be sent again. The app can have carried it out already, so it must be idempotent
 * (RFC 9110, 9.2.2).
 */
const canBeSentAgain = ({ method = '', headers }: IncomingMessage): boolean =>
  idempotent.includes(method) &&
  headers['transfer-encoding'] === undefined &&
  (headers['content-length'] ?? '0') === '0'

const idempotent = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']

const hostNameOf = ({ headers }: IncomingMessage): string => nameIn(headers.host ?? '')

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND'].includes(error.code ?? '')
          ? addressInUse(host, port)
          : error,
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
