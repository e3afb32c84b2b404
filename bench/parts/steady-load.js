import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'
import { sleep } from '../lib.js'

/**
 * @typedef {'during' | 'between'} Phase
 * @typedef {object} LoadReport
 * @property {Record<Phase, number[]>} times of the requests that succeeded, in ms
 * @property {string[]} failures
 * @property {Map<number, number>} closed how many sockets were closed with which code
 * @property {number} refused how many sockets could not be opened
 * @property {number} sockets
 */

const pauseMs = 5

/** Keep-alive clients without retry, and WebSockets that connect again. @param {number} port @param {string} host */
export const startLoad = async (port, host, { clients = 8, sockets = 10 } = {}) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  /** @type {LoadReport} */
  const report = { times: { during: [], between: [] }, failures: [], closed: new Map(), refused: 0, sockets }
  /** @type {Set<WebSocket>} */
  const open = new Set()
  /** @type {Phase} */
  let phase = 'between'
  let stopped = false

  /** @returns {Promise<string | null>} why it failed */
  const ask = () =>
    new Promise(resolve => {
      const outgoing = request(
        { host: '127.0.0.1', port, path: '/version', agent, headers: { host } },
        response => {
          response.resume()
          response.once('error', error => resolve(error.message))
          response.once('aborted', () => resolve('cut off'))
          response.once('end', () =>
            resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`),
          )
        },
      )
      outgoing.once('error', error => resolve(error.message))
      outgoing.end()
    })

  const client = async () => {
    while (!stopped) {
      const began = performance.now()
      const startedIn = phase
      const failure = await ask()
      if (failure === null) report.times[startedIn].push(performance.now() - began)
      else report.failures.push(failure)
      await sleep(pauseMs)
    }
  }

  const connect = () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
      headers: { host },
      origin: `http://${host}`,
    })
    let wasOpen = false
    socket.once('open', () => {
      wasOpen = true
    })
    socket.on('error', () => {})
    socket.once('close', code => {
      open.delete(socket)
      if (stopped) return
      if (wasOpen) report.closed.set(code, (report.closed.get(code) ?? 0) + 1)
      else report.refused++
      setTimeout(connect, wasOpen ? 0 : 100)
    })
    open.add(socket)
    return socket
  }

  const first = Array.from({ length: sockets }, connect)
  await Promise.all(first.map(socket => new Promise(resolve => socket.once('open', resolve))))
  const running = Array.from({ length: clients }, client)
  return {
    /** @param {Phase} next */
    setPhase: next => {
      phase = next
    },
    stop: async () => {
      stopped = true
      await Promise.all(running)
      for (const socket of open) socket.terminate()
      agent.destroy()
      return report
    },
  }
}
