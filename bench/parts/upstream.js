// Runs a server that does almost nothing. Answers a message with its port.
import { createServer } from 'node:http'

const body = 'Hello'.repeat(20)
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/plain')
  response.end(body)
})
server.keepAliveTimeout = 60_000

process.once('message', () => {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address ? address.port : 0)
  })
})
