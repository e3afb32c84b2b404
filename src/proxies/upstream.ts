import { Agent } from 'node:http'
import type { Endpoint } from '../core/endpoint.js'

/** One target of requests. Connections to it are reused, and running requests are counted. */
export interface Upstream {
  readonly at: Endpoint
  readonly url: URL
  readonly agent: Agent
  /** Whether the app there redirects http to https, as `force_ssl` does; null: not known yet. */
  forcesHttps: boolean | null
  underWay: number
  readonly idle: Set<() => void>
}

export const keyOf = (project: string, { host, port }: Endpoint): string => `${project}@${host}:${port}`

export const newUpstream = (at: Endpoint): Upstream => ({
  at,
  url: new URL(`http://${at.host}:${at.port}`),
  agent: new Agent({ keepAlive: true, maxFreeSockets: 64 }),
  forcesHttps: null,
  underWay: 0,
  idle: new Set(),
})

/** Notes that a request is over. */
export const leave = (upstream: Upstream): void => {
  upstream.underWay--
  if (upstream.underWay === 0) for (const wake of upstream.idle) wake()
}

/** Waits until no request is under way, for at most `timeoutMs`. */
export const idle = (upstream: Upstream, timeoutMs: number): Promise<void> =>
  new Promise(resolve => {
    if (upstream.underWay === 0) return resolve()
    const wake = (): void => {
      clearTimeout(timer)
      upstream.idle.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, timeoutMs)
    upstream.idle.add(wake)
  })
