import type { Backend } from './endpoint.js'
import type { Histogram } from './latency.js'
import type { Live } from './live.js'

/** The names an app answers to. */
export interface Site {
  readonly project: string
  readonly domains: readonly string[]
  /** The app's own configuration, for a proxy that can use one; null: Gatling's. */
  readonly own: string | null
  /** The largest request body, like `10M`. */
  readonly maxBody: string
  /** Whether the proxy serves the app's files, and no process of it answers. */
  readonly files: boolean
}

/** Returns the site of the live version. */
export const liveSite = (
  project: string,
  { domains, nginx_conf: own, max_body: maxBody, processes }: Live,
): Site => ({ project, domains, own, maxBody, files: processes.length === 0 })

/** How long Gatling waits for running requests before it stops a version that gets no new ones, in ms. */
export const requestsLeaveMs = 15_000

/** How many requests were answered, and how many of them with a status of 500 or more. */
export interface Answers {
  readonly requests: number
  readonly errors: number
  /** How long each answer took to begin; undefined: nobody measured it. */
  readonly latency?: Histogram | undefined
}

/** Sends requests to apps by Host header: nginx on a server, our own proxy in embedded mode. */
export interface ReverseProxy {
  /**
   * Makes the app answer to these names and to no others.
   * @throws GatlingError when a name belongs to another app; the sites stay as they were.
   */
  configure(site: Site): Promise<void>
  /** Sends every new request and connection of an app to this backend. */
  route(project: string, backend: Backend): Promise<void>
  /** Waits until no request runs at this backend, at most `timeoutMs`. @returns how many requests still run. */
  drained(project: string, backend: Backend, timeoutMs: number): Promise<number>
  /** Returns what this backend answered between two times, in epoch ms. A proxy remembers this for some minutes. */
  answers(project: string, backend: Backend, from: number, to: number): Promise<Answers>
  /** Reverses `configure` and `route`. */
  remove(project: string): Promise<void>
}
