import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { Site } from '../../src/core/proxy.js'
import { freePort } from '../../src/hosts/ports.js'
import { createEmbeddedProxy } from '../../src/proxies/embedded.js'
import { createSupervisor } from '../../src/services/supervisor.js'
import { answersContract, reverseProxyContract } from '../contracts/reverse-proxy.js'
import { overControl } from '../helpers/control.js'
import { failureOf } from '../helpers/failure.js'
import { site } from '../helpers/site.js'
import { startUpstream } from '../helpers/upstream.js'
import { get } from '../helpers/world.js'

const create = async (sites: readonly Site[] = []) => {
  const saved = new Map<string, Site>()
  const proxy = await createEmbeddedProxy({
    sites,
    save: site => saved.set(site.project, site),
    forget: project => saved.delete(project),
    filesOf: () => '/nowhere',
  })
  return { proxy, port: await proxy.listen('127.0.0.1', 0), saved, close: () => proxy.close() }
}

reverseProxyContract('the embedded proxy', create)

it('the embedded proxy passes on the port of the request', async () => {
  const { proxy, port, close } = await create()
  const shop = await startUpstream('shop')
  await proxy.configure(site('shop', ['shop.example.com']))
  await proxy.route('shop', shop.at)
  const { body } = await get(port, 'shop.example.com:8080', '/headers')
  const host = 'shop.example.com:8080'
  expect(JSON.parse(body)).toMatchObject({ host, 'x-forwarded-host': host })
  await Promise.all([close(), shop.close()])
})

const createOverControl = async () => {
  const { proxy, port, close } = await create()
  const services = createSupervisor({
    launch: async () => Promise.reject(new Error('nothing is started here')),
    define: () => {},
    undefine: () => {},
  })
  const control = await overControl(services, proxy)
  return {
    proxy: control.proxy,
    port,
    close: async () => {
      await control.close()
      await close()
    },
  }
}

reverseProxyContract('the embedded proxy, over the control socket', createOverControl)

const shopOf = async (world: Awaited<ReturnType<typeof createOverControl>>) => {
  const { proxy, port, close } = world
  const ports = { a: await freePort(), b: await freePort() }
  await proxy.configure(site('shop', ['shop.test']))
  await proxy.route('shop', onLoopback(ports.a))
  return {
    answers: proxy.answers,
    ports,
    ask: (path: string) => get(port, 'shop.test', path),
    switchTo: (slot: 'a' | 'b') => proxy.route('shop', onLoopback(ports[slot])),
    close,
  }
}

answersContract('the embedded proxy', async () => shopOf(await create()))
answersContract('the embedded proxy, over the control socket', async () => shopOf(await createOverControl()))

describe('the embedded proxy alone', () => {
  const open: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })
  const proxyWith = async (sites: readonly Site[] = []) => {
    const world = await create(sites)
    open.push(world.close)
    return world
  }
  const shop: Site = site('shop', ['shop.example.com'])

  it('answers 503 for saved sites until their apps run', async () => {
    const { proxy, port } = await proxyWith([shop])
    expect((await get(port, 'shop.example.com', '/')).status).toBe(503)
    const error = await failureOf(() => proxy.configure({ ...shop, project: 'blog' }))
    expect(error.code).toBe('DOMAIN_TAKEN')
  })

  it('saves a site, removes it, and saves no refused site', async () => {
    const { proxy, saved } = await proxyWith()
    await proxy.configure(shop)
    await failureOf(() => proxy.configure({ ...shop, project: 'blog' }))
    expect([...saved.values()]).toEqual([shop])
    await proxy.remove('shop')
    expect([...saved.values()]).toEqual([])
  })

  it('keeps the old site if it cannot save the new one', async () => {
    const proxy = await createEmbeddedProxy({
      sites: [shop],
      save: () => {
        throw new Error('the disk is full')
      },
      forget: () => {},
      filesOf: () => '/nowhere',
    })
    open.push(() => proxy.close())
    const port = await proxy.listen('127.0.0.1', 0)
    await expect(proxy.configure({ ...shop, domains: ['new.example.com'] })).rejects.toThrow(
      'the disk is full',
    )
    expect((await get(port, 'shop.example.com', '/')).status).toBe(503)
    expect((await get(port, 'new.example.com', '/')).status).toBe(404)
  })

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])(
    'sends %s to the only app, and to no app if there are two',
    async host => {
      const upstream = await startUpstream('shop')
      const { proxy, port } = await proxyWith([shop])
      open.push(upstream.close)
      await proxy.route('shop', upstream.at)
      expect((await get(port, `${host}:${port}`, '/')).body).toBe('shop')
      expect((await get(port, 'elsewhere.com', '/')).status).toBe(404)
      await proxy.configure(site('blog', ['blog.example.com']))
      expect((await get(port, host, '/')).status).toBe(404)
    },
  )

  it('sends https to an app that forces it, until another version runs', async () => {
    const upstream = await startUpstream('shop')
    const next = await startUpstream('next')
    const { proxy, port } = await proxyWith([site('shop', ['shop.localhost', 'shop.example.com'])])
    open.push(upstream.close, next.close)
    await proxy.route('shop', upstream.at)
    const ask = (path: string) => get(port, `shop.localhost:${port}`, path)
    const proto = async () => JSON.parse((await ask('/headers')).body)['x-forwarded-proto']
    expect(await proto()).toBe('http')
    expect((await get(port, 'shop.example.com', '/secure')).status).toBe(301)
    const first = await fetch(`http://localhost:${port}/secure`, { redirect: 'manual' })
    expect(first.status).toBe(307)
    expect(first.headers.get('location')).toBe(`http://localhost:${port}/secure`)
    expect(await ask('/secure')).toEqual({ status: 200, body: 'shop' })
    expect(await proto()).toBe('https')
    await proxy.route('shop', next.at)
    expect(await proto()).toBe('http')
  })

  /** Starts an app with force_ssl, which redirects even a WebSocket to https. @returns its port. */
  const forcesHttps = async (): Promise<number> => {
    const server = createServer(({ headers, url }, response) => {
      if (headers['x-forwarded-proto'] === 'https') return response.end('page')
      return response.writeHead(301, { location: `https://shop.localhost${url}` }).end()
    })
    server.on('upgrade', ({ headers }, socket) => {
      const isHttps = headers['x-forwarded-proto'] === 'https'
      socket.end(`HTTP/1.1 ${isHttps ? '101 Switching Protocols' : '301 Moved Permanently'}\r\n${switching}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(async () => void server.close())
    return (server.address() as AddressInfo).port
  }
  const switching = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  const start = async (listener: RequestListener): Promise<number> => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(async () => void server.close())
    return (server.address() as AddressInfo).port
  }

  it.each(['keep-alive', 'close'])(
    'passes on no header that concerns one connection alone, such as connection: %s',
    async asked => {
      const { proxy, port } = await proxyWith([shop])
      const answered = {
        connection: 'close, x-own',
        'keep-alive': 'timeout=1',
        'x-own': 'app',
        'x-page': '1',
      }
      const upstream = await start(({ headers }, response) =>
        response.writeHead(200, answered).end(JSON.stringify(headers)),
      )
      await proxy.route('shop', onLoopback(upstream))
      const headers = {
        host: 'shop.example.com',
        connection: `${asked}, X-Own, Host`,
        ...{ 'x-own': 'client', 'keep-alive': 'timeout=1', te: 'trailers', 'proxy-connection': 'keep-alive' },
        ...{ upgrade: 'h2c', 'x-page': '1' },
      }
      const outgoing = request({ host: '127.0.0.1', port, headers }).end()
      const [response]: IncomingMessage[] = await once(outgoing, 'response')
      const passedOn = JSON.parse((await response?.toArray())?.join('') ?? '')
      expect(passedOn).toMatchObject({ host: 'shop.example.com', connection: 'keep-alive', 'x-page': '1' })
      for (const name of ['x-own', 'keep-alive', 'te', 'proxy-connection', 'upgrade'])
        expect(passedOn).not.toHaveProperty(name)
      expect(response?.headers).toMatchObject({ connection: asked, 'x-page': '1' })
      expect(response?.headers).not.toHaveProperty('x-own')
    },
  )

  it('answers even if all connections that it kept are dead', async () => {
    const { proxy, port } = await proxyWith([shop])
    const served = new WeakSet<Socket>()
    const waiting: ServerResponse[] = []
    const upstream = await start(({ socket, url }, response) => {
      if (served.has(socket)) return void socket.destroy()
      served.add(socket)
      if (url === '/') return void response.end('page')
      waiting.push(response)
      // All are answered at once, so that each needs its own connection.
      if (waiting.length === 8) for (const one of waiting) one.end('slow')
    })
    await proxy.route('shop', onLoopback(upstream))
    await Promise.all(Array.from({ length: 8 }, () => get(port, 'shop.example.com', '/slow')))
    expect(await get(port, 'shop.example.com', '/')).toEqual({ status: 200, body: 'page' })
  })

  it('loses no request and repeats no POST if the app closes idle connections early', async () => {
    const { proxy, port } = await proxyWith([shop])
    let reached = 0
    const upstream = await start(({ method, socket }, response) => {
      if (method === 'POST') reached++
      response.end('page')
      setTimeout(() => socket.destroy(), 3)
    })
    await proxy.route('shop', onLoopback(upstream))
    const sent = { GET: 100, POST: 100 }
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const statuses = await Promise.all(
      Object.entries(sent).flatMap(([method, count]) =>
        Array.from({ length: count }, async () => {
          const headers = { host: 'shop.example.com' }
          const outgoing = request({ host: '127.0.0.1', port, method, headers, agent }).end()
          const [response]: IncomingMessage[] = await once(outgoing, 'response')
          response?.resume()
          return response?.statusCode
        }),
      ),
    )
    agent.destroy()
    expect([...new Set(statuses)]).toEqual([200])
    expect(reached).toBe(sent.POST)
  })

  it('opens a WebSocket of an app that forces https before any other request', async () => {
    const { proxy, port } = await proxyWith([site('shop', ['shop.localhost'])])
    await proxy.route('shop', onLoopback(await forcesHttps()))
    const headers = { host: 'shop.localhost', connection: 'Upgrade', upgrade: 'websocket' }
    const asked = request({ host: '127.0.0.1', port, path: '/live/websocket', headers }).end()
    const answer = await Promise.race([
      once(asked, 'upgrade').then(([response]: IncomingMessage[]) => response?.statusCode),
      once(asked, 'response').then(([response]: IncomingMessage[]) => response?.statusCode),
    ])
    expect(answer).toBe(101)
  })

  it('sends https at once to a new version that also forces it', async () => {
    const { proxy, port } = await proxyWith([site('shop', ['shop.localhost'])])
    const ask = async () => (await get(port, `shop.localhost:${port}`, '/')).status
    await proxy.route('shop', onLoopback(await forcesHttps()))
    // The proxy finds it out while some of these requests are under way.
    const first = await Promise.all([ask(), ask(), ask()])
    expect(first).toContain(307)
    expect(first).not.toContain(301)
    await proxy.route('shop', onLoopback(await forcesHttps()))
    expect(await ask()).toBe(200)
  })

  it('matches no name without a dot by a wildcard', async () => {
    const { proxy, port } = await proxyWith([site('tenants', ['*.localhost'])])
    await proxy.configure(site('blog', ['blog.test']))
    expect((await get(port, 'jane.localhost', '/')).status).toBe(503)
    expect((await get(port, 'localhost', '/')).status).toBe(404)
  })

  it('refuses to listen on a port in use', async () => {
    const { port } = await proxyWith()
    const other = await createEmbeddedProxy({
      sites: [],
      save: () => {},
      forget: () => {},
      filesOf: () => '/nowhere',
    })
    const error = await failureOf(() => other.listen('127.0.0.1', port))
    expect(error.code).toBe('ADDRESS_IN_USE')
    expect(error.message).toContain(String(port))
  })
})
