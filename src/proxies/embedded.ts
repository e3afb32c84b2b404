import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { overlapOf } from '../config/domains.js'
import { type Endpoint, isFiles, isSameEndpoint } from '../core/endpoint.js'
import { isSentToHttps } from '../core/health.js'
import { isLocalName } from '../core/local-name.js'
import type { ReverseProxy, Site } from '../core/proxy.js'
import { answerIn, probe } from '../hosts/http-probe.js'
import { createAnswerCounts } from './answer-counts.js'
import { addressInUse, domainTaken } from './errors.js'
import { type Answerer, filesIn, type OwnPage } from './files.js'
import { endHopByHop } from './hop-by-hop.js'
import { nameIn, projectOf } from './host-names.js'
import { type Measured, measure, measureSocket } from './measure.js'
import { page } from './pages.js'

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

/** One target of requests. Connections to it are reused, and running requests are counted. */
interface Upstream {
  readonly at: Endpoint
  readonly agent: Agent
  /** Whether the app there redirects http to https, as `force_ssl` does; null: not known yet. */
  forcesHttps: boolean | null
  underWay: number
  readonly idle: Set<() => void>
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
  /** The target of each request. Before the answer comes, the app can be switched, or turn out to force https. */
  const sent = new WeakMap<IncomingMessage, { readonly to: Upstream; readonly saidHttps: boolean }>()
  forwarder.on('proxyRes', (answer, request, response) => {
    endHopByHop(answer.headers)
    // The client and this proxy decide whether the client's connection stays open.
    answer.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close'
    const way = sent.get(request)
    const asked = { hostName: hostNameOf(request), path: request.url ?? '/' }
    if (!way || way.saidHttps || !isLocalName(asked.hostName)) return
    if (!isSentToHttps(answerIn(answer), asked)) return
    way.to.forcesHttps = true
    sendAgain(request, response)
  })

  const upstreamOf = (request: IncomingMessage): { project: string | null; upstream: Upstream | null } => {
    const project = projectOf(request.headers.host ?? '', domains)
    return { project, upstream: project === null ? null : (upstreams.get(project) ?? null) }
  }

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const owner = projectOf(request.headers.host ?? '', domains)
    const ms = measure(response, measured => owner !== null && answered(owner, measured))
    endHopByHop(request.headers)
    const again = canBeSentAgain(request)
    // The upstream is looked up for each attempt, because the app can have been switched meanwhile.
    for (let attempt = 1; ; attempt++) {
      const { project, upstream } = upstreamOf(request)
      if (project === null && own?.name === hostNameOf(request)) return own.answer(request, response)
      if (project === null)
        return page(response, 404, `No app answers to ${request.headers.host ?? 'this name'}.`)
      const folder = folders.get(project)
      if (folder) return folder(request, response)
      if (upstream === null) return page(response, 503, `${project} is not running.`)
      sent.set(request, { to: upstream, saidHttps: sayHttps(request, upstream) })
      upstream.underWay++
      try {
        // A reused connection can close at any time. So a second try, or a request without one, gets a new connection.
        const agent = again && attempt === 1 ? upstream.agent : false
        // A request that was read once cannot be piped again. A request without a body is sent with an empty one.
        const body = again ? { buffer: Readable.from([]) } : {}
        await forwarder.web(request, response, {
          target: urlOf(upstream.at),
          agent,
          ...body,
        })
        if (response.headersSent) counts.count(keyOf(project, upstream.at), response.statusCode, ms())
        return
      } catch {
        if (response.destroyed || request.socket.destroyed) return
        if (response.headersSent) return void response.destroy()
        if (!again || attempt >= attempts) {
          counts.count(keyOf(project, upstream.at), 502, ms())
          return page(response, 502, `${project} did not answer.`)
        }
        await new Promise(resolve => setTimeout(resolve, attempt * retryPauseMs))
      } finally {
        leave(upstream)
      }
    }
  }

  const upgrade = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    const { project, upstream } = upstreamOf(request)
    socket.on('error', () => socket.destroy())
    if (project === null || upstream === null)
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    measureSocket(socket, measured => answered(project, measured))
    // A redirected WebSocket has no second try.
    upstream.forcesHttps ??= await isForcingHttps(upstream.at, domains.get(project))
    const { upgrade: to } = request.headers
    endHopByHop(request.headers)
    Object.assign(request.headers, { connection: 'Upgrade', upgrade: to })
    sayHttps(request, upstream)
    await forwarder.ws(request, socket, { target: urlOf(upstream.at) }, head)
  }

  const server = createServer((request, response) => void forward(request, response))
  const webSockets = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    webSockets.add(socket)
    socket.once('close', () => webSockets.delete(socket))
    upgrade(request, socket as Socket, head).catch(() => socket.destroy())
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

/**
 * Sends `X-Forwarded-Proto: https` to an app that forces https. This machine's own names have no certificate, so the
 * app's redirect would lead to an address where nobody answers. Browsers trust these names over http, too (W3C Secure
 * Contexts).
 * @returns whether the header was sent.
 */
const sayHttps = (request: IncomingMessage, { forcesHttps }: Upstream): boolean => {
  if (!forcesHttps || !isLocalName(hostNameOf(request))) return false
  request.headers['x-forwarded-proto'] = 'https'
  return true
}

/** Asks an app whether it forces https; null: it did not answer. An app without a local name never gets that header. */
const isForcingHttps = async ({ port }: Endpoint, names: readonly string[] = []): Promise<boolean | null> => {
  const hostName = names.find(name => isLocalName(name) && !name.startsWith('*'))
  if (hostName === undefined) return false
  const request = { port, path: '/', hostName, scheme: 'http', timeoutMs: forcesTimeoutMs } as const
  const answer = await probe(request)
  return answer && isSentToHttps(answer, request)
}

/** How long that question may take, in ms. A switch or a WebSocket waits for it. */
const forcesTimeoutMs = 1_000

/** Makes the browser send a request again, with the same method and body (status 307). */
const sendAgain = ({ headers, url }: IncomingMessage, response: ServerResponse): void => {
  const location = `http://${headers.host}${url}`
  response.writeHead(307, { location, 'cache-control': 'no-store', 'content-length': 0 }).end()
}

const attempts = 4
const retryPauseMs = 25

const urlOf = ({ host, port }: Endpoint): string => `http://${host}:${port}`

const keyOf = (project: string, { host, port }: Endpoint): string => `${project}@${host}:${port}`

const newUpstream = (at: Endpoint): Upstream => ({
  at,
  agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
  forcesHttps: null,
  underWay: 0,
  idle: new Set(),
})

const leave = (upstream: Upstream): void => {
  upstream.underWay--
  if (upstream.underWay === 0) for (const wake of upstream.idle) wake()
}

const idle = (upstream: Upstream, timeoutMs: number): Promise<void> =>
  new Promise(resolve => {
    if (upstream.underWay === 0) return resolve()
    const wake = (): void => {
      clearTimeout(timer)
      upstream.idle.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, timeoutMs)
    upstream.idle.add(wake)
  })

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
