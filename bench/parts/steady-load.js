import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'
import { sleep } from '../lib.js'

/**
 * @typedef {'during' | 'between'} Phase
 * @typedef {{ client: number, began: number, ended: number, failure: string | null }} Asked
 * @typedef {object} LoadReport
 * @property {Record<Phase, number[]>} times of the requests that succeeded, in ms
 * @property {string[]} failures
 * @property {Asked[]} asked every request, by the {@link clock}
 * @property {Map<number, number>} closed how many sockets were closed with which code
 * @property {number} refused how many sockets could not be opened
 * @property {number} sockets
 */

const pauseMs = 5

/** Returns the time in ms, which is the same in every process. */
export const clock = () => performance.timeOrigin + performance.now()

/** Starts keep-alive clients without retry, and WebSockets that connect again. @param {number} port @param {string} host */
export const startLoad = async (port, host, { clients = 8, sockets = 10, path = '/version' } = {}) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  /** @type {LoadReport} */
  const report = {
    times: { during: [], between: [] },
    failures: [],
    asked: [],
    closed: new Map(),
    refused: 0,
    sockets,
  }
  /** @type {Set<WebSocket>} */
  const open = new Set()
  /** @type {Phase} */
  let phase = 'between'
  let stopped = false

  /** @returns {Promise<string | null>} why it failed */
  const ask = () =>
    new Promise(resolve => {
      const outgoing = request({ host: '127.0.0.1', port, path, agent, headers: { host } }, response => {
        response.resume()
        response.once('error', error => resolve(error.message))
        response.once('aborted', () => resolve('cut off'))
        response.once('end', () =>
          resolve(response.statusCode === 200 ? null : `status ${response.statusCode}`),
        )
      })
      outgoing.once('error', error => resolve(error.message))
      outgoing.end()
    })

  /** @param {number} number */
  const client = async number => {
    while (!stopped) {
      const began = clock()
      const startedIn = phase
      const failure = await ask()
      const ended = clock()
      report.asked.push({ client: number, began, ended, failure })
      if (failure === null) report.times[startedIn].push(ended - began)
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
  const running = Array.from({ length: clients }, (_, number) => client(number))
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
