// Runs clients that ask again as soon as they have an answer. Answers a message `{ port, clients, ms }` with the result.
import { Agent, request } from 'node:http'
import { percentile } from '../lib.js'

/** @param {{ port: number, clients: number, ms: number }} order */
const load = async ({ port, clients, ms }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const until = performance.now() + ms
  /** @type {number[]} */
  const times = []
  let failures = 0
  /** @returns {Promise<boolean>} */
  const ask = () =>
    new Promise(resolve => {
      const headers = { host: 'bench.localhost' }
      const outgoing = request({ host: '127.0.0.1', port, agent, headers }, response => {
        response.resume()
        response.once('end', () => resolve(response.statusCode === 200))
      })
      outgoing.once('error', () => resolve(false))
      outgoing.end()
    })
  const client = async () => {
    while (performance.now() < until) {
      const began = performance.now()
      if (await ask()) times.push(performance.now() - began)
      else failures++
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - began) / 1_000
  agent.destroy()
  return { requests: times.length, perSecond: times.length / seconds, p99: percentile(times, 99), failures }
}

process.on('message', async message => {
  process.send?.(await load(JSON.parse(String(message))))
})
