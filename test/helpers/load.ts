import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

export interface LoadReport {
  readonly requests: number
  readonly failures: readonly string[]
  /** Close codes of the sockets that were closed. */
  readonly closed: readonly number[]
}

/**
 * Starts keep-alive clients without retry, and open WebSockets. `pauseMs` is the pause of a client between two requests.
 * A longer pause leaves more processor time to a test that is not only about the switch.
 */
export const startLoad = async (
  port: number,
  host: string,
  { clients = 8, sockets = 5, path = '/version', method = 'GET', pauseMs = 5 } = {},
) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const failures: string[] = []
  const closed: number[] = []
  let requests = 0
  let stopped = false

  const one = () =>
    new Promise<void>(resolve => {
      const failed = (why: string): void => {
        failures.push(why)
        resolve()
      }
      const outgoing = request(
        { host: '127.0.0.1', port, path, method, agent, headers: { host } },
        response => {
          response.resume()
          response.once('error', error => failed(error.message))
          response.once('end', () =>
            response.statusCode === 200 ? resolve() : failed(String(response.statusCode)),
          )
        },
      )
      outgoing.once('error', error => failed(error.message))
      outgoing.end()
      requests++
    })
  const client = async (): Promise<void> => {
    while (!stopped) {
      await one()
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
  const open = await Promise.all(Array.from({ length: sockets }, () => openSocket(port, host)))
  for (const { socket } of open) socket.on('close', code => closed.push(code))
  const running = Array.from({ length: clients }, client)
  return {
    /** Close codes of the sockets so far. */
    closed: (): readonly number[] => [...closed],
    /** The number of requests that were begun so far. */
    count: (): number => requests,
    stop: async (): Promise<LoadReport> => {
      stopped = true
      await Promise.all(running)
      // The close of a socket can still be on its way.
      await new Promise(resolve => setTimeout(resolve, 50))
      const codes = [...closed]
      for (const { socket } of open) socket.terminate()
      agent.destroy()
      return { requests, failures, closed: codes }
    },
  }
}

/** Opens a WebSocket to an app, and collects its messages. */
export const openSocket = async (port: number, host: string, path = '/socket') => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    headers: { host },
    origin: `http://${host}`,
  })
  const messages: string[] = []
  socket.on('message', data => messages.push(String(data)))
  socket.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('close', code => reject(new Error(`closed with ${code}`)))
    socket.once('unexpected-response', (_, response) =>
      reject(new Error(`refused with ${response.statusCode}`)),
    )
  })
  return { socket, messages }
}
