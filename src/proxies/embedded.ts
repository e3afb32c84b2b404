import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { overlapOf } from '../config/domains.js'
import { type Endpoint, isFiles, isSameEndpoint } from '../core/endpoint.js'
import { isSentToHttps } from '../core/health.js'
import { isLocalName } from '../core/local-name.js'
import type { ReverseProxy, Site } from '../core/proxy.js'
import { answerIn, probe } from '../hosts/http-probe.js'
import { createAnswerCounts } from './answer-counts.js'
import { addressInUse, domainTaken } from './errors.js'
import { type Answerer, filesIn, type OwnPage } from './files.js'
import { forward, hasBody } from './forward.js'
import { nameIn, projectOf } from './host-names.js'
import { type Measured, MeasuredResponse } from './measure.js'
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
export const createEmbeddedProxy = ({
  sites,
  save,
  forget,
  filesOf,
  answered = () => {},
  own,
}: EmbeddedProxyOptions): EmbeddedProxy => {
  const domains = new Map<string, readonly string[]>(sites.map(site => [site.project, site.domains]))
  const upstreams = new Map<string, Upstream>()
  const retired = new Map<string, Upstream>()
  /** The answerers of apps without processes. */
  const folders = new Map<string, Answerer>()
  const counts = createAnswerCounts()

  const answer = async (
    request: IncomingMessage,
    response: MeasuredResponse,
    upgrades: boolean,
  ): Promise<void> => {
    const name = nameIn(request.headers.host ?? '')
    const project = projectOf(name, domains)
    if (project === null && own?.name === name) return own.answer(request, response)
    if (project === null)
      return page(response, 404, `No app answers to ${request.headers.host ?? 'this name'}.`)
    response.once('close', () => answered(project, response.measured))
    const again = canBeSentAgain(request)
    // The upstream is looked up for each attempt, because the app can have been switched meanwhile.
    for (let attempt = 1; ; attempt++) {
      const folder = folders.get(project)
      if (folder) return folder(request, response)
      const upstream = upstreams.get(project)
      if (!upstream) return page(response, 503, `${project} is not running.`)
      // A redirected WebSocket has no second try.
      if (upgrades) upstream.forcesHttps ??= await isForcingHttps(upstream.at, domains.get(project))
      const saysHttps = upstream.forcesHttps === true && isLocalName(name)
      // A reused connection can close at any time. So a second try, or a request without one, gets a new connection.
      const agent = again && attempt === 1 && !upgrades ? upstream.agent : false
      upstream.underWay++
      try {
        await forward(request, response, { at: upstream.at, agent, saysHttps, upgrades }, redirect => {
          if (saysHttps || !isLocalName(name)) return false
          if (!isSentToHttps(answerIn(redirect), { hostName: name, path: request.url ?? '/' })) return false
          upstream.forcesHttps = true
          sendAgain(request, response)
          return true
        })
        if (response.headersSent) counts.count(keyOf(project, upstream.at), response.statusCode, response.ms)
        return
      } catch {
        if (response.destroyed || request.socket.destroyed) return
        if (response.headersSent) return void response.destroy()
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

  const server = createServer(
    { ServerResponse: MeasuredResponse },
    (request, response) => void answer(request, response, false),
  )
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    socket.on('error', () => socket.destroy())
    // Its body, if it has one, cannot be told from what comes after it.
    if (hasBody(request)) return void socket.destroy()
    socket.unshift(head)
    const response = new MeasuredResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())
    // This proxy knows no other protocol. Then the visitor gets an answer in the one that it has (RFC 9110, 7.8).
    void answer(request, response, request.headers.upgrade?.toLowerCase() === 'websocket')
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
        for (const socket of upgraded) socket.destroy()
      }),
  }
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
const canBeSentAgain = (request: IncomingMessage): boolean =>
  idempotent.includes(request.method ?? '') && !hasBody(request)

const idempotent = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']

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
