import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { createEmbeddedProxy } from '../../src/proxies/embedded.js'
import type { Measured } from '../../src/proxies/measure.js'
import { site } from '../helpers/site.js'

/** Writes the names of headers in small letters, because their case means nothing. */
const small = (text: string): string => text.replace(/^[\w-]+(?=: )/gm, name => name.toLowerCase())
const message = (status: string, ...headers: readonly string[]): string =>
  small([`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n'))
const keepAlive = 'Connection: keep-alive'
const chunked = 'Transfer-Encoding: chunked'
const page = `${message('200 OK', 'Content-Length: 4')}page`
const pageFor = `${message('200 OK', 'content-length: 4', keepAlive)}page`
const asked = (path: string, ...headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: shop.test:4000', ...headers, '', ''].join('\r\n')
const webSocket = ['Connection: Upgrade', 'Upgrade: websocket']

/** How an app answers a path: with a text, or with what it does to its connection. */
type Answers = Readonly<Record<string, string | ((socket: Socket) => void)>>

describe('the embedded proxy forwards', () => {
  const open: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })

  /** An app behind the proxy. It answers as soon as it has the headers. */
  const start = async (answers: Answers = {}) => {
    const connections: { readonly socket: Socket; heard: string }[] = []
    const app = createServer({ allowHalfOpen: true }, socket => {
      const connection = { socket, heard: '' }
      connections.push(connection)
      let head = ''
      const hear = (bytes: Buffer): void => {
        connection.heard += bytes.toString('latin1')
        head += bytes.toString('latin1')
        if (!head.includes('\r\n\r\n')) return
        const answer = answers[head.split(' ')[1] ?? ''] ?? page
        head = ''
        if (typeof answer === 'string') return void socket.write(answer, 'latin1')
        socket.off('data', hear)
        answer(socket)
      }
      socket.on('error', () => {}).on('data', hear)
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    const measured: Measured[] = []
    const proxy = await createEmbeddedProxy({
      sites: [site('shop', ['shop.test'])],
      save: () => {},
      forget: () => {},
      filesOf: () => '/nowhere',
      answered: (_, one) => measured.push(one),
    })
    await proxy.route('shop', onLoopback((app.address() as AddressInfo).port))
    const port = await proxy.listen('127.0.0.1', 0)
    open.push(proxy.close, () => {
      for (const { socket } of connections) socket.destroy()
      app.close()
    })
    /** A visitor that says something. */
    const visit = (text: string) => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
      const visitor = { socket, heard: '', hasEnded: false }
      socket
        .on('error', () => {})
        .on('data', bytes => {
          visitor.heard += small(bytes.toString('latin1')).replace(/date: [^\r]*\r\n/g, '')
        })
      socket.once('end', () => {
        visitor.hasEnded = true
      })
      socket.write(text)
      open.push(() => socket.destroy())
      return visitor
    }
    const heard = (): string => small(connections.map(({ heard }) => heard).join(''))
    return { visit, measured, connections, heard }
  }

  it.each([
    [
      'the length of a HEAD',
      'HEAD / HTTP/1.1',
      message('200 OK', 'Content-Length: 9'),
      message('200 OK', 'content-length: 9', keepAlive),
    ],
    [
      'a HEAD without one',
      'HEAD / HTTP/1.1',
      message('200 OK', chunked),
      message('200 OK', chunked, keepAlive),
    ],
    [
      'an answer without a body',
      'GET / HTTP/1.1',
      message('204 No Content'),
      message('204 No Content', keepAlive),
    ],
    ['not an early hint', 'GET / HTTP/1.1', `${message('103 Early Hints', 'Link: </a>')}${page}`, pageFor],
    [
      'no trailers',
      'GET / HTTP/1.1',
      `${message('200 OK', chunked, 'Trailer: X-T')}2\r\nab\r\n0\r\nX-T: 1\r\n\r\n`,
      `${message('200 OK', chunked, keepAlive)}2\r\nab\r\n0\r\n\r\n`,
    ],
    [
      'no chunks to HTTP/1.0',
      'GET / HTTP/1.0',
      `${message('200 OK', chunked)}2\r\nab\r\n0\r\n\r\n`,
      `${message('200 OK', 'Connection: close')}ab`,
    ],
    [
      'each cookie, and words of its own',
      'GET / HTTP/1.1',
      message('404 Nix da', 'Set-Cookie: a=1', 'Set-Cookie: b=2', 'Content-Length: 0'),
      message('404 Nix da', 'set-cookie: a=1', 'set-cookie: b=2', 'content-length: 0', keepAlive),
    ],
  ])('%s', async (_, line, appSays, visitorHears) => {
    const { visit } = await start({ '/': appSays })
    const visitor = visit(`${line}\r\nHost: shop.test\r\n\r\n`)
    await expect.poll(() => visitor.heard).toBe(visitorHears)
  })

  it.each([
    ['an odd status', message('099 Odd', 'Content-Length: 0')],
    ['odd words', message('200 O\x01', 'Content-Length: 0')],
    ['another protocol', message('101 Switching Protocols', ...webSocket)],
    ['another protocol without its name', message('101 Switching Protocols')],
    ['something else', 'hello\r\n\r\n'],
  ])('%s as a 502, and goes on', async (_, appSays) => {
    const { visit } = await start({ '/odd': appSays })
    const visitor = visit(asked('/odd'))
    await expect
      .poll(() => visitor.heard)
      .toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n[\s\S]*(did not answer|HTTP does not allow)/)
    const next = visit(asked('/'))
    await expect.poll(() => next.heard).toBe(pageFor)
  })

  it.each([
    ['with its length', message('200 OK', 'Content-Length: 9')],
    ['in chunks', `${message('200 OK', chunked)}4\r\n`],
  ])('an answer that breaks off, %s, and breaks off, too', async (_, begin) => {
    const { visit } = await start({ '/': socket => socket.end(`${begin}part`) })
    const visitor = visit(asked('/'))
    await expect.poll(() => visitor.hasEnded).toBe(true)
    expect(visitor.heard).toContain('part')
    expect(visitor.heard).not.toContain('0\r\n\r\n')
  })

  it('the Host that counts and no other, and what a proxy in front of it said', async () => {
    const { visit, heard } = await start()
    visit(asked('/', 'Host: other.test', 'X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https'))
    await expect
      .poll(heard)
      .toBe(
        [
          'GET / HTTP/1.1\r\nhost: shop.test:4000\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https',
          'x-forwarded-port: 4000\r\nx-forwarded-host: shop.test:4000\r\nconnection: keep-alive\r\n\r\n',
        ].join('\r\n'),
      )
  })

  it('a request without a body as one of length 0', async () => {
    const { visit, heard } = await start()
    visit('POST / HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    await expect.poll(heard).toContain('content-length: 0\r\n')
    expect(heard()).not.toContain('chunked')
  })

  /** Waits until a number no longer grows. */
  const still = async (number: () => number): Promise<void> => {
    let before = 0
    await expect
      .poll(
        () => {
          const [last, now] = [before, number()]
          before = now
          return now > 0 && now === last
        },
        { interval: 300, timeout: 20_000 },
      )
      .toBe(true)
  }

  it('no more of an upload than the app wants, and then the next request', async () => {
    const { visit, connections } = await start({ '/upload': socket => void socket.pause() })
    const size = 64 << 20
    const visitor = visit(`POST /upload HTTP/1.1\r\nHost: shop.test\r\nContent-Length: ${size}\r\n\r\n`)
    let sent = 0
    const send = async (): Promise<void> => {
      const chunk = Buffer.alloc(64 << 10)
      for (; sent < size; sent += chunk.length)
        if (!visitor.socket.write(chunk)) await once(visitor.socket, 'drain')
      visitor.socket.write(asked('/'))
    }
    const sending = send()
    await still(() => sent)
    expect(sent).toBeLessThan(size / 2)
    connections[0]?.socket.write(`${message('413 Too Large', 'Content-Length: 2', 'Connection: close')}no`)
    await sending
    await expect
      .poll(() => visitor.heard)
      .toBe(`${message('413 Too Large', 'content-length: 2', keepAlive)}no${pageFor}`)
  })

  it('no more of an answer than a slow visitor reads, and in the end all of it', async () => {
    const chunk = Buffer.alloc(64 << 10, 'x')
    const count = 1_024
    let sent = 0
    const send = async (socket: Socket): Promise<void> => {
      socket.write(message('200 OK', `Content-Length: ${chunk.length * count}`))
      for (; sent < count; sent++) if (!socket.write(chunk)) await once(socket, 'drain')
    }
    const { visit } = await start({ '/': socket => void send(socket) })
    const { socket } = visit(asked('/'))
    socket.removeAllListeners('data').pause()
    await still(() => sent)
    expect(sent).toBeLessThan(count / 2)
    let read = 0
    socket.on('data', bytes => {
      read += bytes.length
    })
    socket.resume()
    await expect.poll(() => read, { timeout: 20_000 }).toBeGreaterThan(chunk.length * count)
  })

  it('no request again whose answer had begun', async () => {
    const { visit, connections } = await start({ '/': `${message('200 OK', chunked)}ZZ\r\n` })
    const visitor = visit(asked('/'))
    await expect.poll(() => visitor.hasEnded).toBe(true)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(connections.map(({ heard }) => heard.split('GET ').length - 1)).toEqual([1])
  })

  it('a request for another protocol behind a slow one, and goes on', async () => {
    const { visit } = await start({ '/slow': socket => void socket.resume() })
    const visitor = visit(`${asked('/slow')}${asked('/', 'Connection: Upgrade', 'Upgrade: h2c')}`)
    await expect.poll(() => visitor.hasEnded).toBe(true)
    const next = visit(asked('/'))
    await expect.poll(() => next.heard).toBe(pageFor)
  })

  it('that a visitor went away', async () => {
    const { visit, connections, measured } = await start({ '/': socket => void socket.resume() })
    const { socket } = visit(asked('/'))
    await expect.poll(() => connections.length).toBe(1)
    socket.destroy()
    await expect.poll(() => connections[0]?.socket.readableEnded).toBe(true)
    expect(measured).toMatchObject([{ status: 499, bytes: 0 }])
  })

  it('a WebSocket, with what is said before and after it opens, and measures it', async () => {
    const tail = 'tail'.repeat(200_000)
    const opened = message('101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'X-A: b')
    const { visit, measured } = await start({
      '/': socket => {
        socket.write(`${opened}first `)
        socket.on('data', bytes => (`${bytes}` === 'bye' ? socket.end(tail) : socket.write(`${bytes} `)))
      },
    })
    const visitor = visit(`${asked('/', ...webSocket)}early`)
    const welcome = message('101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade', 'x-a: b')
    await expect.poll(() => visitor.heard).toBe(`${welcome}first early `)
    visitor.socket.write('bye')
    await expect.poll(() => visitor.hasEnded).toBe(true)
    expect(visitor.heard).toBe(`${welcome}first early ${tail}`)
    visitor.socket.end()
    await expect.poll(() => measured).toMatchObject([{ status: 101 }])
    expect(measured[0]?.bytes).toBeGreaterThan(tail.length)
  })

  it('the end of a WebSocket whose visitor went away', async () => {
    const opened = message('101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade')
    const { visit, connections } = await start({ '/': socket => void socket.resume().write(opened) })
    const visitor = visit(asked('/', ...webSocket))
    await expect.poll(() => visitor.heard).toContain('101')
    visitor.socket.resetAndDestroy()
    await expect.poll(() => connections[0]?.socket.readableEnded).toBe(true)
  })

  it('that an app refuses a WebSocket, and why', async () => {
    const { visit } = await start({ '/': `${message('403 Forbidden', 'Content-Length: 2')}no` })
    const visitor = visit(asked('/', ...webSocket))
    await expect.poll(() => visitor.hasEnded).toBe(true)
    expect(visitor.heard).toBe(`${message('403 Forbidden', 'content-length: 2', 'Connection: close')}no`)
  })
})
