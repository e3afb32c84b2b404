import type { Backend } from './endpoint.js'
import type { Histogram } from './latency.js'
import type { Live } from './live.js'

/** The names an app answers to. */
export interface Site {
  readonly project: string
  readonly domains: readonly string[]
  /** The app's own configuration of the proxy, where the proxy can be configured so; null: ours. */
  readonly own: string | null
  /** The largest request body, like `10M`. */
  readonly maxBody: string
  /** Whether the proxy serves the app's files, and no process of it answers. */
  readonly files: boolean
}

/** The site of the version that serves. */
export const liveSite = (
  project: string,
  { domains, nginx_conf: own, max_body: maxBody, processes }: Live,
): Site => ({ project, domains, own, maxBody, files: processes.length === 0 })

/** How long running requests may keep a version that is left from being told to stop, in ms. */
export const requestsLeaveMs = 15_000

/** How many requests were answered, and how many of them with a status of 500 or more. */
export interface Answers {
  readonly requests: number
  readonly errors: number
  /** How long each took until it began; undefined: nobody measured it. */
  readonly latency?: Histogram | undefined
}

/** Sends requests to apps by Host header: nginx on a server, our own proxy in embedded mode. */
export interface ReverseProxy {
  /**
   * Makes the app answer to these names and no others.
   * @throws GatlingError when a name belongs to another app; the sites stay as they were.
   */
  configure(site: Site): Promise<void>
  /** Sends every new request and connection of an app to this backend. */
  route(project: string, backend: Backend): Promise<void>
  /** Resolves to the number of requests still on their way to this backend: 0, or what is left after `timeoutMs`. */
  drained(project: string, backend: Backend, timeoutMs: number): Promise<number>
  /** What was answered from this backend between two times, in epoch ms; it is remembered for some minutes. */
  answers(project: string, backend: Backend, from: number, to: number): Promise<Answers>
  /** The opposite of `configure` and `route`. */
  remove(project: string): Promise<void>
}
