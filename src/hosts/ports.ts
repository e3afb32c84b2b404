import { connect, createServer } from 'node:net'

/** The range of Gatling's ports, below that of outgoing connections (ip(7), ip_local_port_range). */
const firstPort = 20_000
const lastPort = 32_000

/** Finds a TCP port that nobody listens on, and that no outgoing connection will take meanwhile. */
export const freePort = async (): Promise<number> => {
  while (true) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort))
    if (await isFree(port)) return port
  }
}

/** Tells whether nobody listens on a port now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

/** How long a connection may take, in ms. If the queue of a port is full, the kernel tries for two minutes (tcp(7)). */
const connectMs = 1_000

/** Tells whether a program accepts connections on a port, by IPv4. */
export const accepts = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ port, host, timeout: connectMs })
    const tell = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => tell(true))
    socket.once('timeout', () => tell(false))
    socket.once('error', () => tell(false))
  })
