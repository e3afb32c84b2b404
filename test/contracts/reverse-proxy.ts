import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { ReverseProxy } from '../../src/core/proxy.js'
import { freePort } from '../../src/hosts/ports.js'
import { failureOf } from '../helpers/failure.js'
import { openSocket, startLoad } from '../helpers/load.js'
import { site } from '../helpers/site.js'
import { startUpstream, type Upstream } from '../helpers/upstream.js'
import { type Answer, get, until } from '../helpers/world.js'

export interface ProxyWorld {
  readonly proxy: ReverseProxy
  /** The port on which it answers. */
  readonly port: number
  close(): Promise<void>
}

/** Tests what every proxy must do. */
export const reverseProxyContract = (name: string, create: () => Promise<ProxyWorld>): void => {
  describe(name, () => {
    let world: ProxyWorld
    let upstreams: Upstream[] = []
    beforeEach(async () => {
      world = await create()
    })
    afterEach(async () => {
      await world.close()
      await Promise.all(upstreams.map(upstream => upstream.close()))
      upstreams = []
    })
    const upstream = async (called: string, port?: number): Promise<Upstream> => {
      const started = await startUpstream(called, port)
      upstreams.push(started)
      return started
    }
    /** Starts an app that answers on these domains. */
    const app = async (project: string, ...domains: readonly string[]): Promise<Upstream> => {
      const started = await upstream(project)
      await world.proxy.configure(site(project, domains))
      await world.proxy.route(project, started.at)
      return started
    }
    const ask = (host: string, path = '/'): Promise<Answer> => get(world.port, host, path)
    const post = (
      host: string,
      path: string,
      body: Buffer,
      headers: Record<string, string>,
    ): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            host: '127.0.0.1',
            port: world.port,
            path,
            method: 'POST',
            headers: { host, ...headers },
            agent: false,
          },
          response => {
            let text = ''
            response.setEncoding('utf8').on('data', chunk => {
              text += chunk
            })
            response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
          },
        )
        outgoing.once('error', reject)
        outgoing.setTimeout(5_000, () => outgoing.destroy(new Error('no answer within 5 s')))
        outgoing.end(body)
      })

    it('sends requests to the app that their Host names', async () => {
      await app('shop', 'shop.example.com', 'www.shop.example.com')
      await app('blog', 'blog.example.com')
      expect(await ask('shop.example.com')).toEqual({ status: 200, body: 'shop' })
      expect(await ask('www.shop.example.com')).toEqual({ status: 200, body: 'shop' })
      expect(await ask('blog.example.com')).toEqual({ status: 200, body: 'blog' })
    })

    it.each(['shop.example.com:4000', 'SHOP.Example.COM', 'shop.example.com.', 'Shop.example.com.:80'])(
      'reads %s as shop.example.com',
      async host => {
        await app('blog', 'blog.example.com')
        await app('shop', 'shop.example.com')
        expect((await ask(host)).body).toBe('shop')
      },
    )

    it('sends every name under a wildcard to its app', async () => {
      await app('tenants', '*.example.com')
      await app('shop', 'example.com')
      expect((await ask('jane.example.com')).body).toBe('tenants')
      expect((await ask('JOE.example.com:4000')).body).toBe('tenants')
      expect((await ask('example.com')).body).toBe('shop')
    })

    it('matches no other name with a wildcard', async () => {
      await app('tenants', '*.example.com')
      await app('shop', 'shop.test')
      for (const host of ['example.com', 'badexample.com', 'example.com.evil.test']) {
        expect((await ask(host)).status).toBe(404)
      }
    })

    it('answers 404 for a name that no app has', async () => {
      await app('shop', 'shop.example.com')
      await app('blog', 'blog.example.com')
      expect((await ask('nobody.example.com')).status).toBe(404)
      expect((await ask('com')).status).toBe(404)
    })

    it('escapes the request in its own pages', async () => {
      const { body } = await ask('<script>alert(1)</script>')
      expect(body).not.toContain('<script>')
    })

    it('answers 502 or 503 for an app without a route', async () => {
      await world.proxy.configure(site('shop', ['shop.example.com']))
      expect([502, 503]).toContain((await ask('shop.example.com')).status)
    })

    it('answers only on the names that it was last given', async () => {
      await app('shop', 'old.example.com', 'kept.example.com')
      await world.proxy.configure(site('shop', ['kept.example.com', 'new.example.com']))
      expect((await ask('old.example.com')).status).toBe(404)
      expect((await ask('kept.example.com')).body).toBe('shop')
      expect((await ask('new.example.com')).body).toBe('shop')
    })

    it('refuses a name that belongs to another app, and changes no site', async () => {
      await app('shop', 'shop.example.com')
      await app('blog', 'blog.example.com')
      const domains = ['new.example.com', 'shop.example.com']
      const error = await failureOf(() => world.proxy.configure(site('blog', domains)))
      expect(error).toMatchObject({
        code: 'DOMAIN_TAKEN',
        message: 'shop.example.com already belongs to shop',
      })
      expect((await ask('shop.example.com')).body).toBe('shop')
      expect((await ask('blog.example.com')).body).toBe('blog')
      expect((await ask('new.example.com')).status).toBe(404)
    })

    it.each([
      ['*.example.com', 'shop.example.com'],
      ['shop.example.com', '*.example.com'],
      ['*.example.com', '*.shop.example.com'],
      ['*.shop.example.com', '*.example.com'],
    ])('refuses a name that overlaps with one of another app: %s, then %s', async (first, second) => {
      await app('shop', first)
      const error = await failureOf(() => world.proxy.configure(site('blog', [second])))
      expect(error).toMatchObject({
        code: 'DOMAIN_TAKEN',
        message: `${second} already belongs to shop, which has ${first}`,
      })
    })

    it('forgets an app, so that others can have its names', async () => {
      await app('shop', 'shop.example.com')
      await world.proxy.remove('shop')
      expect((await ask('shop.example.com')).status).toBe(404)
      await app('blog', 'shop.example.com')
      expect((await ask('shop.example.com')).body).toBe('blog')
      await world.proxy.remove('never_there')
    })

    it('loses no request when it switches under keep-alive load', async () => {
      const one = await app('one', 'shop.example.com')
      const two = await upstream('two')
      // A proxy may reload its configuration for a new port, so it learns both ports first.
      for (const { at } of [two, one]) await world.proxy.route('one', at)
      const load = await startLoad(world.port, 'shop.example.com', { sockets: 0, path: '/' })
      for (let round = 0; round < 20; round++) {
        const next = round % 2 === 0 ? two : one
        const before = next.served()
        await world.proxy.route('one', next.at)
        await until(() => next.served() > before + 5, 'requests in the other version')
      }
      const { requests, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(requests).toBeGreaterThan(100)
    })

    it('sends every request to the new version as soon as it has switched', async () => {
      await app('shop', 'shop.example.com')
      const next = await upstream('next')
      await world.proxy.route('shop', next.at)
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('shop.example.com')))
      expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => 'next'))
    })

    it('waits until the last request of the old version has ended', async () => {
      const old = await app('shop', 'shop.example.com')
      const order: string[] = []
      const slow = ask('shop.example.com', '/slow').then(answer => {
        order.push('answered')
        return answer
      })
      await until(() => old.waiting() === 1, 'the slow request')
      await world.proxy.route('shop', (await upstream('next')).at)
      const drained = world.proxy.drained('shop', old.at, 50_000).then(left => {
        order.push('drained')
        return left
      })
      expect((await ask('shop.example.com')).body).toBe('next')
      expect(order).toEqual([])
      old.release()
      expect(await slow).toEqual({ status: 200, body: 'shop' })
      expect(await drained).toBe(0)
    })

    it('reports the requests that are left after the timeout, and lets them end', async () => {
      const old = await app('shop', 'shop.example.com')
      const slow = [1, 2].map(() => ask('shop.example.com', '/slow'))
      await until(() => old.waiting() === 2, 'the slow requests')
      await world.proxy.route('shop', (await upstream('next')).at)
      expect(await world.proxy.drained('shop', old.at, 50)).toBe(2)
      old.release()
      expect((await Promise.all(slow)).map(({ body }) => body)).toEqual(['shop', 'shop'])
    }, 10_000)

    it('does not wait for a version that got no request', async () => {
      await app('shop', 'shop.example.com')
      expect(await world.proxy.drained('shop', onLoopback(await freePort()), 50_000)).toBe(0)
      expect(await world.proxy.drained('nothing', onLoopback(4001), 50_000)).toBe(0)
    })

    it('can go back to the version before', async () => {
      const old = await app('shop', 'shop.example.com')
      const next = await upstream('next')
      await world.proxy.route('shop', next.at)
      await world.proxy.route('shop', old.at)
      expect((await ask('shop.example.com')).body).toBe('shop')
      expect(await world.proxy.drained('shop', next.at, 50_000)).toBe(0)
      expect((await ask('shop.example.com')).body).toBe('shop')
    })

    it('passes the address of the client, the host and the scheme to the app', async () => {
      await app('shop', 'shop.example.com')
      const headers: Record<string, string> = JSON.parse((await ask('shop.example.com', '/headers')).body)
      expect(headers).toMatchObject({
        host: 'shop.example.com',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'shop.example.com',
      })
      expect(headers['x-forwarded-for']).toMatch(/127\.0\.0\.1$/)
    })

    it('passes WebSockets with their Host and Origin unchanged', async () => {
      await app('shop', 'shop.example.com')
      const { socket, messages } = await openSocket(world.port, 'shop.example.com')
      socket.send('hello')
      await until(() => messages.length === 2, 'the echo')
      expect(messages[1]).toBe('shop: hello')
      const headers: Record<string, string> = JSON.parse(messages[0] ?? '{}')
      expect(headers).toMatchObject({
        host: 'shop.example.com',
        origin: 'http://shop.example.com',
        'x-forwarded-proto': expect.stringMatching(/^(ws|http)$/),
      })
      expect(headers['x-forwarded-for']).toMatch(/127\.0\.0\.1$/)
      socket.terminate()
    })

    it('keeps a WebSocket on its version, and opens new ones on the next', async () => {
      await app('shop', 'shop.example.com')
      const before = await openSocket(world.port, 'shop.example.com')
      await world.proxy.route('shop', (await upstream('next')).at)
      const after = await openSocket(world.port, 'shop.example.com')
      for (const { socket } of [before, after]) socket.send('hello')
      await until(() => before.messages.length === 2 && after.messages.length === 2, 'the echoes')
      expect([before.messages[1], after.messages[1]]).toEqual(['shop: hello', 'next: hello'])
      for (const { socket } of [before, after]) socket.terminate()
    })

    it('refuses a WebSocket to an app that has no route or is down', async () => {
      await world.proxy.configure(site('shop', ['shop.example.com']))
      await expect(openSocket(world.port, 'shop.example.com')).rejects.toThrow(/refused with 50[23]/)
      await world.proxy.route('shop', onLoopback(await freePort()))
      await expect(openSocket(world.port, 'shop.example.com')).rejects.toThrow()
    })

    it.each([
      ['with its length', (body: Buffer) => ({ 'content-length': String(body.length) })],
      ['in chunks', () => ({ 'transfer-encoding': 'chunked' })],
    ])('passes a body of 1 MB unchanged, sent %s', async (_, headers) => {
      await app('shop', 'shop.example.com')
      const body = randomBytes(1 << 20)
      const answer = await post('shop.example.com', '/body', body, headers(body))
      expect(JSON.parse(answer.body)).toEqual({
        method: 'POST',
        bytes: body.length,
        hash: createHash('sha256').update(body).digest('hex'),
      })
    })

    it('answers 502 for an app that is down', async () => {
      await world.proxy.configure(site('shop', ['shop.example.com']))
      await world.proxy.route('shop', onLoopback(await freePort()))
      expect((await ask('shop.example.com')).status).toBe(502)
      const small = Buffer.from('a=1')
      const answer = await post('shop.example.com', '/', small, { 'content-length': String(small.length) })
      expect(answer.status).toBe(502)
    })

    it.each(['pay=1', ''])('never repeats a POST: "%s"', async text => {
      const shop = await app('shop', 'shop.example.com')
      const body = Buffer.from(text)
      const answer = await post('shop.example.com', '/cut', body, { 'content-length': String(body.length) })
      expect(answer.status).toBe(502)
      expect(shop.served()).toBe(1)
    })

    it('forgets the connections of a version that died', async () => {
      const old = await app('shop', 'shop.example.com')
      await Promise.all(Array.from({ length: 5 }, () => ask('shop.example.com')))
      const next = await upstream('next')
      await old.close()
      await world.proxy.route('shop', next.at)
      expect(await ask('shop.example.com')).toEqual({ status: 200, body: 'next' })
    })

    it('reaches an app that died and came back on the same port', async () => {
      const old = await app('shop', 'shop.example.com')
      await Promise.all(Array.from({ length: 5 }, () => ask('shop.example.com')))
      await old.close()
      await upstream('again', old.port)
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask('shop.example.com')))
      expect(answers.map(({ body }) => body)).toEqual(['again', 'again', 'again', 'again', 'again'])
    })

    it('serves on when a client goes away during a request', async () => {
      const shop = await app('shop', 'shop.example.com')
      const agent = new Agent()
      const headers = { host: 'shop.example.com' }
      const gone = request({ host: '127.0.0.1', port: world.port, path: '/slow', headers, agent })
      gone.on('error', () => {})
      gone.end()
      await until(() => shop.waiting() === 1, 'the slow request')
      gone.destroy()
      await world.proxy.route('shop', (await upstream('next')).at)
      expect(await world.proxy.drained('shop', shop.at, 50_000)).toBe(0)
      expect((await ask('shop.example.com')).body).toBe('next')
    })
  })
}

export interface AnswersWorld {
  readonly answers: ReverseProxy['answers']
  /** Where the two versions of the app `shop` run; requests go to `a`. */
  readonly ports: { readonly a: number; readonly b: number }
  ask(path: string): Promise<unknown>
  switchTo(slot: 'a' | 'b'): Promise<void>
  close(): Promise<void>
}

/** Tests how every proxy counts its answers. */
export const answersContract = (name: string, create: () => Promise<AnswersWorld>): void => {
  describe(`the answers that ${name} counts`, () => {
    let world: AnswersWorld
    const running: Upstream[] = []
    const start = async (slot: 'a' | 'b'): Promise<Upstream> => {
      const started = await startUpstream(slot, world.ports[slot])
      running.push(started)
      return started
    }
    beforeEach(async () => {
      world = await create()
    })
    afterEach(async () => {
      await world.close()
      await Promise.all(running.splice(0).map(upstream => upstream.close()))
    })
    const askAll = async (...paths: readonly string[]): Promise<void> => {
      for (const path of paths) await world.ask(path)
    }
    const minute = 60_000
    /** Polls the counts, because a request is counted a moment after its answer. */
    const answered = (slot: 'a' | 'b', from: number) =>
      expect.poll(() => world.answers('shop', onLoopback(world.ports[slot]), from, Date.now() + minute))

    it('have the requests and the errors of each version', async () => {
      const began = Date.now() - 1_000
      for (const slot of ['a', 'b'] as const) await start(slot)
      await askAll('/', '/failing', '/', '/failing', '/')
      await world.switchTo('b')
      await askAll('/', '/failing')
      await answered('a', began).toMatchObject({ requests: 5, errors: 2 })
      await answered('b', began).toMatchObject({ requests: 2, errors: 1 })
    })

    it('have an error for each request to a version that does not answer', async () => {
      const began = Date.now() - 1_000
      await askAll('/', '/')
      await answered('a', began).toMatchObject({ requests: 2, errors: 2 })
    })

    it('are only those between two times', async () => {
      const began = Date.now() - 1_000
      await start('a')
      await askAll('/failing', '/failing')
      await answered('a', began).toMatchObject({ requests: 2, errors: 2 })
      await new Promise(resolve => setTimeout(resolve, 200))
      const later = Date.now()
      await new Promise(resolve => setTimeout(resolve, 200))
      await askAll('/')
      await answered('a', later).toMatchObject({ requests: 1, errors: 0 })
      expect(await world.answers('shop', onLoopback(world.ports.a), began, later)).toMatchObject({
        requests: 2,
        errors: 2,
      })
      expect(await world.answers('shop', onLoopback(world.ports.a), 0, began)).toMatchObject({
        requests: 0,
        errors: 0,
      })
    })

    it('are only those of the app', async () => {
      await start('a')
      await askAll('/')
      await answered('a', 0).toMatchObject({ requests: 1, errors: 0 })
      const none = { requests: 0, errors: 0 }
      expect(await world.answers('blog', onLoopback(world.ports.a), 0, Date.now() + minute)).toMatchObject(
        none,
      )
    })
  })
}
