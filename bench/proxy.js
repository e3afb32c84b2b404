// Measures the embedded proxy against a direct connection. Upstream, proxy and clients have a process each.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, runAlone } from './lib.js'

const rounds = 3
const order = { clients: 16, ms: 3_000 }

/** @typedef {{ requests: number, perSecond: number, p99: number, failures: number }} Result */
/** @typedef {{ direct: Result, proxied: Result, cpu: number }} Pair */

/** @type {import('./lib.js').Bench} */
export const bench = async () => {
  const upstream = part('upstream')
  const proxy = part('embedded-proxy')
  const load = part('keep-alive-load')
  try {
    const upstreamPort = Number(await upstream.ask(null))
    const proxyPort = Number(await proxy.ask(upstreamPort))
    /** @param {number} port @param {number} [ms] */
    const measure = async (port, ms = order.ms) =>
      /** @type {Result} */ (await load.ask({ ...order, port, ms }))
    /** The processor time of the proxy so far, in microseconds. */
    const cpu = async () => Number(await proxy.ask(null))
    /** @type {Pair[]} */
    const pairs = []
    for (const port of [upstreamPort, proxyPort]) await measure(port, 1_000)
    for (let round = 0; round < rounds; round++) {
      const direct = await measure(upstreamPort)
      const before = await cpu()
      const proxied = await measure(proxyPort)
      pairs.push({ direct, proxied, cpu: ((await cpu()) - before) / proxied.requests })
    }
    return report(pairs)
  } finally {
    for (const { stop } of [load, proxy, upstream]) await stop()
  }
}

/** @param {readonly Pair[]} pairs @returns {import('./lib.js').Row[]} */
const report = pairs => {
  /** @param {(pair: Pair) => number} value */
  const of = value => median(pairs.map(value))
  return [
    { what: 'direct', value: of(({ direct }) => direct.perSecond), unit: 'requests/s' },
    { what: 'through the proxy', value: of(({ proxied }) => proxied.perSecond), unit: 'requests/s' },
    {
      what: 'direct / through the proxy',
      value: of(({ direct, proxied }) => direct.perSecond / proxied.perSecond),
      unit: 'x',
    },
    { what: 'processor time of the proxy, a request', value: of(({ cpu }) => cpu), unit: 'µs' },
    { what: 'p99 direct', value: of(({ direct }) => direct.p99), unit: 'ms' },
    { what: 'p99 through the proxy', value: of(({ proxied }) => proxied.p99), unit: 'ms' },
    {
      what: 'failed requests',
      value: pairs.reduce((sum, { direct, proxied }) => sum + direct.failures + proxied.failures, 0),
      unit: '',
      limit: 0,
    },
  ]
}

/** Starts a process that answers each message with one. @param {string} name */
const part = name => {
  const child = fork(fileURLToPath(new URL(`./parts/${name}.js`, import.meta.url)))
  const ended = new Promise(resolve => child.once('exit', resolve))
  return {
    /** @param {unknown} message @returns {Promise<unknown>} */
    ask: message =>
      new Promise((resolve, reject) => {
        child.once('message', resolve)
        child.once('error', reject)
        child.once('exit', () => reject(new Error(`${name} ended`)))
        child.send(JSON.stringify(message))
      }),
    stop: async () => {
      child.kill()
      await ended
    },
  }
}

await runAlone(import.meta.url, bench)
