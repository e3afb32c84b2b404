import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'
import { onLoopback } from '../../src/core/endpoint.js'

export type Upstream = Awaited<ReturnType<typeof startUpstream>>

/**
 * Starts an app as the proxy sees it. It answers with its name. `/slow` answers when it is released, `/secure` over https alone, and
 * `/failing` with status 500. `/body` answers with the hash of the body, `/headers` with the headers. A WebSocket sends the
 * headers it came with, then an echo of each message.
 */
export const startUpstream = async (name: string, wantedPort = 0) => {
  const slow: ServerResponse[] = []
  let served = 0
  const server = createServer((request, response) => {
    served++
    const hash = createHash('sha256')
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      hash.update(chunk)
    })
    request.on('end', () => {
      if (request.url === '/slow') return slow.push(response)
      if (request.url === '/cut') return request.socket.destroy()
      if (request.url === '/failing') return response.writeHead(500).end(name)
      if (request.url === '/secure' && request.headers['x-forwarded-proto'] !== 'https')
        return response
          .writeHead(301, { location: `https://${request.headers.host?.split(':')[0]}/secure` })
          .end()
      if (request.url === '/headers') return response.end(JSON.stringify(request.headers))
      if (request.url === '/body') {
        return response.end(JSON.stringify({ method: request.method, bytes, hash: hash.digest('hex') }))
      }
      return response.end(name)
    })
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    const headers: IncomingHttpHeaders = request.headers
    socket.send(JSON.stringify(headers))
    socket.on('message', data => socket.send(`${name}: ${String(data)}`))
  })
  const port = await new Promise<number>(resolve => {
    server.listen(wantedPort, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  return {
    name,
    port,
    at: onLoopback(port),
    served: (): number => served,
    /** The number of requests to `/slow` that wait. */
    waiting: (): number => slow.length,
    /** Answers every request to `/slow`. */
    release: (): void => {
      for (const response of slow.splice(0)) response.end(name)
    },
    /** Dies, which cuts every connection. */
    close: () =>
      new Promise<void>(resolve => {
        for (const client of sockets.clients) client.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
