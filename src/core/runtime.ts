import type { Env } from './env.js'
import type { Host } from './host.js'
import type { Live } from './live.js'
import type { Peers } from './peers.js'
import type { Plan } from './plan.js'
import type { ReverseProxy } from './proxy.js'
import type { RestorePoints } from './restore-points.js'
import type { ServiceManager } from './service-manager.js'
import type { Traffic } from './traffic.js'

/** Advice about an app that does not listen on its port. */
export interface PortAdvice {
  /** For an app that listens on other ports. */
  readonly elsewhere: string
  /** For an app that listens on no port. */
  readonly nowhere: string
}

/** What a step may use. A stack can add to it. Only `src/runtimes/` chooses the adapters. */
export interface Runtime {
  readonly host: Host
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  readonly points: RestorePoints
  /** The runs of this deploy on the other machines of a fleet. */
  readonly peers: Peers
  /** What an app of this stack must do so that requests reach it. */
  readonly advice?: PortAdvice
  /** Says what an unload leaves of the app in other places; null: nothing. */
  readonly leaves?: (env: Env) => string | null
  /** Tells the person who pushed something. */
  note(text: string): void
  /** Reports how the upgrade will be done. */
  planned(plan: Plan): void
  /** Reports what visitors got before a switch and after it. */
  compared(before: Traffic, after: Traffic): void
  /** Records that the live version now runs in another slot, because it had to be started again. */
  moved(project: string, live: Live): void
  /** Records that nothing is live: from here on an unload only goes forward. */
  withdrawn(project: string): void
  /** Removes the app's folder with its configuration, repository and history. */
  forget(project: string): Promise<void>
}
